/**
 * Passwords of eight characters and more that two published counts of leaks have in their first ten thousand lines, as far as neither
 * `common-passwords.ts` nor a rule of `predictable.ts` knows them. The counts are SecLists' "10-million-password-list-top-10000", Copyright (c)
 * 2018 Daniel Miessler, and the passwords in zxcvbn 4.4.2, Copyright (c) 2012-2016 Dan Wheeler and Dropbox, Inc.; both under the MIT License,
 * whose text is the one in the file LICENSE.
 */
export const LEAKED_PASSWORDS = `
%%passwo 063dyjuy 085tzzqi 1234kekc 123hfjdk147 123masha 123mudar 12locked 12qw34er 12s3t4p55 151nxjmt 17171717aa 1basebal 1footbal 1hxboqg2 1jennife 1passwor
1qw23er4 1x2zkg8w 20spanks 23176djivanfros 23skidoo 33rjhjds 3rjs1la7qe 44magnum 45m2do5bs 50spanks 55bgates 5hsu75kpot 5wr2i7h8 7hrdnw23 7ugd5hip2j 8j4ye3uz
8phrowz622 8phrowz624 911turbo 9293709b13 aberdeen abnormal abracadabra abrakadabra absolutely acapulco acidburn adgjmptw adrenalin adrienne adventur aerosmit
aerosmith afrodita agnieszka akatsuki albatros alcatraz aleksander alessand alessandro alfarome algernon aligator alkaline allblack alleycat alligator
allnight allstars allstate almighty alphabet alphaman alterego amarillo amateurs ambrosia amethyst amoremio anakonda anastasiya anatoliy andersen andromed
andromeda andyod22 angeleye angelica angelika angelito angelofwar annabell annmarie anteater antelope antigone antonina antoshka aolsucks applepie aquafina
aqualung aquarius arabella arcangel archange archangel architec argonaut armageddon armagedon armstron arsenalfc artofwar asmodeus assassin assassins assclown
asslover assmunch astalavista asterios astonvil atlanta1 atlantic atreides attitude augustin augustus avalanch avalanche avangard aviation babemagn babemagnet
baberuth babushka babybear babycake babylove backbone backdoor badabing badkarma badlands badnaamhere bajingan baldrick balloons ballsack baltimor baphomet
baracuda barakuda barbados bareback barefeet barefoot baritone barracud barracuda barselona bayliner baywatch bcfields beachbum bearcats beefcake behemoth
bellagio bendover benessere bergkamp berkeley bernhard bettyboo bettyboop bigblack bigblock bigboobs bigbooty bigbucks bigbutts biggdogg bignasty bigpenis
bigpimpi bigpoppa bigpussy bigstick bigtruck billabon billabong billiard billyboy binladen biohazard bionicle bisexual bismarck bismilla bismillah bitchass
blackass blackbel blackbelt blackboy blackcoc blackcock blackice blackie1 blacklab blackops bladerunner blaster1 blizzard blondie1 blondinka bloopers blowfish
blueball bluebear bluebell bluedevi bluefish bluejays bluenose bluesman bluestar bobdylan bondarenko bonehead bonethug bonghits boogaloo bookcase bookworm
bordeaux borussia boscoe01 bradford brasilia brewster brigitte brittney broadway broodwar browndog browneye browning buckeye1 buckwhea budapest buddydog
buffalo1 buffalos building bukowski bulldawg bullfrog bullseye bullwink bunghole buratino businessbabe buttfuck butthole buttplug bynthytn c3por2d2 cabernet
cableguy calamity caliente caligula calimero callaway callisto camaross cameltoe campbell canadian candyass cannibal cannonda cantona7 capetown capital1
capitals capoeira capricor capricorn capslock care1839 carebear carefree carlitos carnival carpedie carpediem carpente carthage cartoons casablanca casanova
caseydog cashflow cashmone cashmoney castillo catalina catdaddy catfight cavalier cbr600rr cbr900rr cdtnkfyf celebrity celticfc cerberus cezer121 cfitymrf
challeng chambers champagn characte charisma charlton checkers checkmat cheerleaers chemical cheshire chestnut chevelle chewbacc cheyanne cheyenne
chickenwing101 chillout chipmunk chipper1 chiquita chopper1 choppers chrisbln christie christophe chuckles churchil citibank civilwar clarissa classic1
classics claymore clemente clevelan clippers clitlick clitoris close-up cnfybckfd cocksuck cocksucker codeblue coldbeer collecti colonial colossus columbia
columbus comanche comicbookdb commande commodor concorde confused conquest contortionist contract control1 coolbean coolgirl coolhand coolness copenhag
cornhole cornwall corvet07 costaric costello cowboyup crawford crazybab crazyman creampie creatine creation creature creepers crescent criminal crimson1
cristian cristiano crjhgbjy crocodil cromwell crusader ctdfcnjgjkm cucumber culinary cumeater customer cutiepie cvbhyjdf cxfcnkbdfz cybersex cyclones cygnusx1
daedalus daffodil dagestan dagobert daisymae damage11 dannyboy darkange darkangel darklord darkmoon darkstar daughter davecole davidoff daydream daylight
deadspin deathrow deepblue deepthro deepthroat deerhunt deeznutz defender delaware delpiero derparol designer desperado destroye detectiv devildog devilman
devilmaycry dfcbkbcf dfktynby dfktynbyf dhjnvytyjub diamante dickweed dietcoke dilbert1 dilligaf dillweed dingdong dipstick director dirtbike dirtydog
dkflbckfd dkflbvbh dkflbvbhjdbx dkflbvbhjdyf dodgeram doggydog doggystyle doghouse dogpound dolemite domainlock2005 domenico dominika dominion dontknow
doomsday doorknob doughboy downhill dragrace dragster drjynfrnt dropdead dropkick dthjybrf dtkjcbgtl dtxyjcnm duckhunt ducksoup duracell dustydog dutchess
dutchman dynamite dzxtckfd earnhard earthlin earthlink eastwood eatmenow eatpussy eggplant eightbal ejaculation elbereth elcamino eldiablo eldorado element1
elements eleonora eleven11 elizaveta emachines embalmer emmitt22 enforcer enternow entrance envision erection escalade espresso essendon estrella ethernet
euphoria evanescence evangeli evangelion evergree everlast everques everquest evgeniya evildead excellen experienced exploite express1 fabienne facefuck
failsafe fairlane faithful fakepass falstaff fandango fantasia fantomas farscape fastball fastcars favorite2 favorite6 favorite7 favorite8 feathers feelgood
fellatio ferguson festival fgtkmcby fhvfutljy fidelity fightclub finalfantasy fireball fireblad fireblade firehawk firestar firestorm fishbone fishcake
fisherma fisherman fishface fishhead fishtank fivestar fkbyjxrf fkmnthyfnbdf fktrcfylh fktrcfylhf fktyeirf flamengo flashman flathead fletcher flexible
flhtyfkby flintsto flipflop flipmode flipper1 flounder flvbybcnhfnjh footlove foreplay foreskin forgetit formula1 forsaken fortress foxhound foxylady francois
freckles frederik fredrick freebird freefall freepass freeporn freewill freiheit frenchie friendly friendster front242 frontera fruitbat fuck_inside fuckedup
fuckface fuckfest fuckhead fuckinside fuckmehard fuckshit fuckthat fuckyeah fujifilm fullback function funhouse funnyman funstuff fussball futurama futyn007
fuzzball fyfcnfcbz fyfnjkbq fynjybyf fyutkbyf fyutkjxtr galadriel galeries gallaries gamecock gamecube gameover gangbanged ganjaman ganjubas gannibal gargoyle
gatorade gbgbcmrf gbhfvblf geibcnbr geraldin geronimo gertrude gesperrt getmoney getsdown gfgfvfvf gfhfljrc gfhjkzytn ghbdtnbr ghbdtndctv ghbdtnrfrltkf
ghblehjr ghbrjkbcn ghbywtccf ghhh47hj7649 ghjcnbnenrf ghjcnjgfhjkm ghjcnjghjcnj ghjcnjnfr ghjdthrf ghjnjnbg ghjnjrjk ghjuhfvvf ghjvtntq ghostrider ghtktcnm
gianluca gigabyte gilligan ginscoot girfriend giveitup gizmodo1 glendale glennwei glenwood gobigred godbless godsmack godspeed gogators goldeney goldeneye
goldfing goldfinger goldrush goldstar goldwing golfclub goodfell goodgirl goodison goodlife goodtime goodyear goofball gooseman gorgeous gotigers gotohell
gotyoass grandpri grapeape graphics grateful graywolf greatsex greedisgood greenbay greenman greentea gremlins gretchen greyhoun greywolf groupd2013 gsxr1000
gtkmvtym gtnhjdbx guesswho guillaum gulliver gunsling gunsmoke gy3yt2rgls gymnastic hairball halfmoon hallowee hamilton hammerhe handball handyman hannibal
hannover happines happiness happydog happyman hardball hardcock harddick hardware hardwood hardwork harrison hastings hatteras hattrick hawaiian hawkwind
hawthorn hayabusa hd764nw5d7e1vb1 headless headshot hedgehog heinlein heinrich hellohel hellokit hellokitty hellsing hellyeah henderso herewego hershey1
hetfield hibernia highbury highheel highlife hilfiger hillbill hillside hitman47 holyshit homemade homepage homework hondacbr hondacivic honeydew honolulu
hooligan hopeless hornyboy hornyguy hornyman horseman horsemen hotbabes hotchick hotgirls hotpussy hotsauce hounddog hrvatska htubcnhfwbz hugetits hugoboss
hulkster hyperion ibilljpf ibilltes icehouse ignatius ijrjkflrf ilikepie ilikesex illmatic illumina illusion iloveher iloveporn ilovepussy ilya1234 ilya1992
impalass imperium implants imtheman infantry infiniti insanity insertion insertions inspiron interacial intercourse intrepid intruder inuyasha invictus
irishman ironhors ironmaiden islander istheman italiano iwantsex j3qq4h7h2v jakester jamaica1 japanees jayhawks jediknig jediknight jeepster jefferso jeremiah
jermaine jiggaman johannes johncena johndeer johndeere johngalt jonathon joseluis joystick juancarlo juliette junkyard jurassic just4fun kakashka kamasutra
kamikadze karamelka katarina katerina katharin kayleigh kazanova kazantip kcchiefs kcj9wx5n kennwort kenworth keystone kfcnjxrf kickflip kicksass kikimora
killbill killemall killzone kingfish kingsize kingston kirkland kissmyas kissmyass kittykat kjrjvjnbd kleopatra klondike knickerless knockers knuckles
kochamcie komputer konstantin kordell1 koroleva kovalenko krasnodar krasotka kristian krokodil l58jkdjp! lacrimosa ladybird ladygaga laetitia lagwagon
lakeside lakewood lalakers lalaland lambchop lancaste landrove landscap lapochka laracroft laserjet lasttime laurence lavalamp leavemealone lebowski leedsutd
left4dead legoland lemmings lenochka leonidas lesbians letmesee letsdoit letsfuck letsplay lexingky lfitymrf libertad licorice lifeisgood lifetime lighthou
lighting lilwayne limewire limpbizkit lincoln1 lionhear lionheart lipstick livelife livewire lizaveta ljxtymrf lockdown lockerroom loglatin lokomotiv lollypop
lonesome longdick longdong longhair longjohn longlegs longshot loredana lostsoul lovefeet lovehate lovelife loverman lovesexy lowrider ludacris lunchbox
luscious luv2epus macaroni macdaddy macgyver machoman madagaskar madala11 maddison magazine magellan magicman magnavox mahalkita mailcreated5240 majestic
makaveli makeitso maksimka mallorca mallrats mamacita mammamia mamochka mandingo mandolin mandrake mannheim mapet123456 marajade marauder marcello marcius2
margosha marianna marigold marino13 mariposa marishka marketin marseill marseille masamune mash4077 masterbaiting masterbate masterbating masterkey mastermi
mastermind masturbation matchbox matthias mattingl maurizio maurolarastefy maximilian maxpayne maxpower mazafaka mazdarx7 meandyou meathead medicine megapass
mephisto mersedes metalgear metalica metropol microlab microphone milamber milashka milenium milhouse milkyway millwall minimoni ministry minotaur miranda1
mischief misfit99 misiaczek mobbdeep mobydick modelsne mohammad mojojojo mollydog momsanaladventure monalisa moneybag monkeybo monkeyboy monkeyma monkeyman
monolith monster1 monsters montecar montecarlo monterey montgom240 montrose moonbeam moonstar morozova morrison morrowind mortgage morticia mortimer
mostwanted mousepad mudvayne muffdive multisyn myfriend mymother mynameis mysecret myxworld napoleon nastenka natascha natedogg navigato navigator navyseal
nbuhtyjr ncc1701a ncc1701d ncc1701e ncc74656 needforspeed nemesis1 netscape nevermin nevermind nevermor nevermore neworder newproject2004 newstart nicetits
nighthaw nightowl nightwish nineball nineinch njdevils nocturne nolimits noname123 nonmembe nopassword normandy northern nostromo notebook notredam notredame
nounours novifarm novikova nthvbyfnjh ntktdbpjh nwo4life nygiants nyyankee oblivion offshore omegared omsairam opendoor operator optimist optiplex oriflame
original outsider overkill p0015123 painting pallmall palmtree pancakes pandora1 panorama panties1 pantyhos pantyhose papabear papamama paperino papichul
papillon paradigm paramedi paramore paranoid parlament parsifal partizan pasadena passcode passfind passmast passthie passwor1 pathetic patience patrizia
patterso pavement payton34 peaceout pegasus1 pendrago penetrating penetration pennstat pennstate pennywis pentagon penthous peregrin personal pertinant
peterbil peternorth peterson petrovich phaedrus pharmacy phialpha philippe pi314159 pianoman pictuers pictures piercing pimpdadd pimpdaddy pimpster pinetree
pinewood pingpong pinnacle pioneer1 pipeline pippen33 piramida pitchers pizzahut pizzaman plastics playball playmate pleaseme pleasure plymouth polarbea
polaroid polniypizdec0211 pool6123 poontang poophead porkchop pornking pornographic pornpass poseidon positive postov1000 powerade powerman prashant preacher
prelude1 pressure princesa princeto pringles printing priscill priyanka progress property prospect prospero psychnau pufunga7782 puppydog pussy4me pussyeat
pussylicker pussylov pussylover pussyman pyramid1 pyramids quant4307s r2d2c3p0 r2d2c3po rachelle radiance raindrop rainyday ramstein ranchero rasputin
rb26dett rdfhnbhf rebbyt34 reckless recovery redbaron redbeard reddevil reddwarf redlight redshift redstorm redwing1 register reloaded remingto renegade
republic repytwjdf rerehepf rerfhfxf rerfhtre revival47 revolver reynolds rfgbnjirf rfhfvtkmrf rfhfylfi rfhlbyfk rfhnjirf rfnthbyf rfntymrf rfvfcenhf rhbcnbyf
rhfcfdbwf rhfcfdxbr rhfcjnrf rhiannon rhjrjlbk rhtdtlrj riccardo rickster ricochet riffraff rightnow riverrat rjhjktdf rjirfrgbde rjyatnrf rjycnfynby
rktjgfnhf roadking roadrunn roadrunner roadster robinhood robinson robotics rochelle rocketma rocketman rockford rockhard rockroll rockwell rockydog rolltide
romanova ronaldinho rootbeer rootedit rsalinas rt6ytere rushmore rustydog saab9000 sailfish salamandra salasana saltydog salvator samadams sammydog sampson1
sandman1 sandrine sandwich sandydog sanity72 santacru saopaulo sarajevo saratoga satellit satriani schastie scheisse schnuffi scirocco scissors scrabble
scrapper screamer screwyou scruffy1 seahorse sealteam searcher sebastie seductive segblue2 senators sephirot sephiroth seraphim sergbest sersolution sevenof9
sexybabe sfgiants shanghai sheepdog shepherd sheridan sherwood shevchenko shinigami shitface shitfuck shooter1 shotokan showboat showtime shredder sidekick
sigmachi simpson1 sinclair singapor sinister sixtynin sixtynine sk8ordie skeeter1 skipper1 skydiver slamdunk slapnuts slimshad slimshady slippery slowhand
smackdow smackdown smartass smashing smeghead smirnoff smirnova smoke420 smokedog smoothie smuggles snakeman snapshot sneakers sniffing snoogans snowbird
sobriety softtail sojdlg123aljg sokolova solidsnake solnishko somerset songbird sonyericsson sonyfuck sonyvaio soso123aljg soulmate southpaw spaceman spanking
sparhawk sparkles speakers splatter splinter springer sprocket squerting stafford stamford stampede stanford stanislav stefanie stephane stickman stigmata
stiletto stinger1 stockton stoppedby straight strange1 strannik stratfor streaming stripper stroller sublime1 suburban suckcock suckdick suckmydick suikoden
sullivan summerti summertime sunderla sundevil sunlight super123 superbow superior supersonic surveyor sweetass swingers swinging syncmaster syracuse
taekwondo tailgate takamine talisman tamerlan tampabay tanechka tashkent tazmania teamwork tecumseh telecast televizor temppass temptress tenerife tequiero
terrapin terriers testibil testpass thanatos thebeast theclash thedoors theflash theforce thegreat thelast1 thematri thematrix therock1 thesaint thething
thetruth theworld thinkpad thisisit thissuck thompson thorsten thrasher threesom thumbnils tiberian tiberius tickling ticklish ticktock tigercat timelord
timoxa94 titanium titlover tkbpfdtnf together tokiohotel tomahawk tommyboy tomservo tonyhawk tooltime toonarmy topolino topsecre topsecret toriamos touchdow
touching toulouse trader12 trailers training transexual transfer traveler treefrog trfnthbyf triangle trinitro trinitron triplets trooper1 tropical trousers
trucking trueblue truffles tryagain tunafish ufhvjybz uhbujhbq ultimate ultraman umbrella uncencored underdog undertow ursitesux usmarine usmc0311 usuckballz1
utahjazz vagabond valdepen valencia valeriya valleywa vaseline vasilisa vauxhall vegas123 venezuel vergeten verygood vfhbyjxrf vfhnsirf vfhufhbnf vfitymrf
vflfufcrfh vfnbkmlf vfntvfnbrf vfpfafrf vfrcbvrf vfvfgfgf vfvfvskfhfve vfylfhby vicecity viewsoni viewsonic viktoria viktoriya violator violetta vipergts
virginie vittorio vivitron vjqgfhjkm vkontakte vodafone volkodav vqsablpzla vsjasnel12 vthctltc waffenss wapapapa wareagle warehous washburn waterboy
waterpolo waterski wdtnjxtr weare138 webhompas websol76 websolutions wellhung wellingt westlife westwood wetpussy wg8e3wjf whiplash whiteboy whiteout whoknows
whoopass wildbill wildcard wildwood winchest wingchun wingzero wireless wishbone wolfgang wonderboy woodwork worldcup wp2003wp wrestler x72jhhu3z yaroslav
yeahbaby year2005 yfcntymrf yfnfitymrf yjdsqgfhjkm yorktown youandme yourmama ytngfhjkz ytrhjvfyn ytyfdbcnm zanzibar zcxfcnkbdf zildjian zolushka zz8807zpl
`;
