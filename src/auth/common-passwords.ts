import { LEAKED_PASSWORDS } from "./leaked-passwords.ts";

/**
 * What people take for passwords: each of these words stands for itself and for everything that `predictable.ts` makes of it (figures and
 * signs before and behind, letters written as figures, the word twice). Words, names, teams, makes and phrases that published counts of leaked
 * passwords have in their first ten thousand lines, in many spellings each.
 */
const WORDS = `
pass password passwort passwd passport passme passion letmein letme login logon welcome admin administrator root toor master changeme default guest user
username test tester testing temp temporary secret private access account system server service support security manager computer internet network windows
microsoft google facebook myspace linkedin yahoo youtube twitter instagram tiktok netflix amazon samsung motorola nokia ericsson siemens panasonic toshiba
compaq packard presario logitech verbatim intel pentium celeron lenovo huawei xiaomi android iphone apple macintosh linux ubuntu qwerty azerty qwertz asdf
zxcv abcd abcdef abc xyz aaa xxx zzz dearbook cambiami parola geheim wachtwoord contrasena senha motdepasse sifre hallo hello hellothere goodbye bonjour hola
ciao privet thankyou thanks please sorry whatever whynot whocares nothing anything something someone nobody everyone everything forever always never again
remember forget forgot iforgot imagine believe trust trustno faith hope peace dream dreams dreamer dreaming happy happyday smile smiles smiley sunny sunnyday
sunshine sunrise sunset sunflower sundance moonlight moon star stars stardust starlight starfish starship stargate startrek starwars starcraft starfire
bluemoon bluesky rainbow rain storm stormy thunder lightning snow snowball snowman snowboard snowflake winter summer spring autumn january february march
april june july august september october november december monday tuesday wednesday thursday friday saturday sunday holiday christmas birthday vacation
weekend midnight morning evening night tonight today tomorrow yesterday iloveyou iloveu iloveme ilovegod ilovejesus ilovehim ilovesex loveyou loveme lovelove
lovely lover lovers loveless love loving beloved truelove mylove onelove sweetheart sweetie sweety sweet sweets sweetpea sweetness kiss kisses kissme hugs
babe baby babyboy babygirl babyblue babydoll babyface honey honeybee honeybunny darling beautiful beauty pretty princess prince queen king kingdom kingkong
royal royals angel angels angelo angela angelina heaven heavenly hell hellfire devil devils demon demons satan lucifer god jesus jesuschrist christ christian
church bible blessed blessing gospel amen trinity allah mohammed muhammad krishna ganesha buddha shalom dragon dragons dragonball dragonfly monkey monkeys
donkey tiger tigers tigger lion lions lionking panther panthers leopard jaguar cheetah puma cougar bobcat wildcat wildcats pussycat kitty kittycat kitten
kittens cat cats catcat catdog dog dogs doggy doggie dogdog puppy puppies bulldog bulldogs pitbull beagle poodle labrador doberman husky huskies wolf wolves
wolfpack wolfman wolverine werewolf lonewolf fox foxy foxtrot bear bears bearbear teddybear poohbear panda elephant horse horses pony unicorn zebra camel
giraffe gorilla rabbit bunny hamster mouse squirrel badger beaver weasel ferret skunk turtle lizard iguana snake snakes python cobra viper vipers anaconda
dinosaur raptor eagle eagles hawk hawkeye hawks falcon falcons raven ravens phoenix penguin penguins parrot duck ducks chicken chickens rooster flamingo bird
birds birdie bluebird bigbird blackbird swallow sparrow shark sharks dolphin dolphins whale fish fishes fishing catfish goldfish swordfish lobster spider
spiderman scorpion scorpio butterfly ladybug bumblebee firefly hornet hornets beetle football baseball basketball softball volleyball soccer hockey tennis
golf golfer golfing golfball cricket rugby boxing wrestling swimming swimmer running runner racing racer racecar surfing surfer skiing skater skateboard
snowboarding bowling lacrosse gymnast cheerleader cheer sports champion champions winner winners victory player gamer games playboy playtime playstation
nintendo gameboy xbox sega minecraft roblox fortnite pokemon pikachu charizard naruto sasuke sakura goku vegeta zelda mario luigi sonic warcraft diablo halo
halflife counter counterstrike runescape thesims tekken pacman tetris lineage callofduty arsenal chelsea liverpool manchester manutd everton tottenham westham
newcastle barcelona barca realmadrid juventus milan inter celtic rangers ajax bayern dortmund benfica porto sporting galatasaray fenerbahce besiktas ronaldo
messi beckham maradona zidane neymar yankees yankee redsox dodgers giants braves mets cubs cubbies cardinals cardinal phillies orioles athletics astros
mariners steelers cowboys cowboy packers broncos bronco raiders raider chargers patriots patriot redskins vikings viking bengals browns colts jets saints
seahawks titans texans lakers celtics bulls knicks pistons rockets spurs heat suns kings warriors warrior jordan airjordan kobe lebron iverson blackhawks
redwings bruins flyers oilers canucks sabres gators tarheels buckeyes seminoles hoosiers huskers longhorns sooners badgers aggies spartans spartan trojans
bruin nascar ferrari porsche mercedes bmw audi toyota honda nissan mazda subaru suzuki yamaha kawasaki ducati harley harleydavidson mustang mustangs camaro
corvette chevy chevrolet cadillac pontiac firebird chrysler jeep dodge hummer volvo volkswagen jetta lamborghini maserati bugatti mclaren ford fordtruck
cherokee wrangler superman batman ironman hulk spidey catwoman wonderwoman avenger avengers marvel wolverines deadpool punisher superstar superhero supergirl
superfly skywalker anakin obiwan yoda vader darthvader darkside jedi sithlord hansolo bobafett gandalf frodo legolas aragorn hobbit tolkien baggins
harrypotter potter hermione hogwarts dumbledore voldemort slytherin gryffindor merlin excalibur lancelot camelot matrix neo morpheus terminator predator alien
aliens robocop rambo rocky scarface godfather soprano titanic jamesbond bond agent topgun maverick goose iceman gladiator braveheart highlander highland
indiana jones sherlock holmes tarzan dracula vampire vampires twilight zombie zombies werewolves ghost ghosts phantom shadow shadows darkness black blackcat
blackdog blackjack blackman blackout blackrose white whitey blue blueeyes blueberry green greenday red redman reddog redrose redneck redhead yellow orange
purple pink pinky pinkfloyd silver golden gold goldie diamond diamonds crystal emerald ruby sapphire pearl pearljam platinum flower flowers rose roses rosebud
lily daisy daisydog violet jasmine lotus orchid tulip cherry cherries strawberry blackberry banana bananas apples peach peaches pumpkin pineapple lemon lemons
coconut watermelon melon grape grapes potato tomato carrot pepper peppers ginger cinnamon vanilla chocolate cookie cookies cupcake cheesecake muffin brownie
candy candyman lollipop icecream sugar cheese pizza burger hamburger hotdog pickle pickles spaghetti noodle noodles bacon sausage taco tacobell butter
buttercup popcorn peanut peanuts coffee starbucks cocacola coke pepsi drpepper mountaindew beer budlight budweiser heineken guinness corona tequila vodka
whiskey whisky wine marlboro cigar cannabis marijuana weed michael michelle michele mike mikey mickey mickeymouse minnie jennifer jenny jen jessica jessie
jesse jason joshua josh matthew matt daniel daniela danielle danny dan david davidson dave andrew andrea andreas andy anthony tony antonio antonia james jim
jimmy jimbo john johnny johnson jonathan joseph joe joey josephine robert roberto robbie rob bob bobby william williams will willie bill billy billybob
charles charlie charlotte charly chuck chucky thomas tom tommy tomtom christopher christina christine chris chrissy christy cristina george georgia georgie
edward eddie steven stephen stephanie steve stevie stefan brian bryan ryan kevin kenneth kenny ken jeffrey jeff mark marcus marco marcos markus martin martina
martinez marty richard rick ricky ricardo patrick patricia pat nicholas nicolas nicole nicola nick nicky benjamin ben benny bennett samuel samantha sam sammy
samson alexander alexandra alexandre alejandro alejandra alexis alex alexa sasha austin tyler taylor justin justine brandon brandy brittany britney ashley
ashleigh amanda mandy amber heather hannah anna annie anne hanna sarah sara rachel rachael rebecca becky elizabeth liz lizzie beth betty emily emma emilia
olivia oliver sophia sophie isabella isabelle isabel abigail madison madeline maddie megan meghan melissa melanie mel lauren laura laurie lori linda lindsay
lindsey lisa lucy lucia louise louis lewis natalie natalia natasha natalya victoria victor viktor vicky veronica veronika vanessa valerie valentina valentine
valentin virginia vivian claudia claire catherine katherine kathryn kathleen kathy katie kate katrina karen karina karolina kelly kelsey kimberly kim kristen
kristin kristina kristine kirsten courtney crystalline diana diane denise dennis denis debbie deborah debra dorothy donna donald donnie doris eleanor elena
ellen elaine elvis eric erica erik erin eugene evelyn florence frances francesca francesco francis francisco frank frankie franklin fred freddy frederick
frederic gabriel gabriela gabrielle gary gerald gerard gilbert gloria gordon grace gracie graham greg gregory harold harry harvey helen helena henry herbert
herman howard hugo ian irene irina ivan jack jackie jackson jacob jacqueline jake jamie jane janet janice jasper jean jeremy jerome jerry jill joan joanna
joanne joel jorge jose juan juanita judith judy julia julian juliana julie juliet julius karl keith kyle larry lawrence leo leon leonard leonardo leslie lloyd
logan lorenzo lorraine lucas luis luke lynn madonna maggie manuel marc marcel margaret margarita maria mariah marian marianne marie marilyn marina marion
marisa marissa marjorie marlene marshall martha marvin mary maryjane mason maureen maurice max maximus maxwell maxine melinda melvin mercury meredith miguel
mildred miles mitchell molly mollie monica monika monique morgan morris murphy murray myrtle nancy nathan nathalie nathaniel neil nelson nina noah nora norman
oscar owen pablo pamela paul paula pauline pedro penelope penny peter phil philip phillip phyllis rafael ralph ramon randy raymond regina renee rhonda rodney
roger roland ronald ronnie rosa rosemary rosie ross roxanne roy russell ruth sabrina sally sandra sandy santiago scott scotty sean sebastian serena sergio
shane shannon sharon shawn sheila shelby shelley sherry shirley sidney simon simone sonia spencer stacey stacy stanley stella stuart susan suzanne suzy sydney
sylvia tamara tammy tanya tara teresa terry theodore theresa tiffany timothy tim tina todd tracey tracy travis trevor tristan troy vera vernon veronique
vincent wallace walter wanda warren wayne wendy wesley whitney wilson winston xavier yolanda yvonne zachary zach zoe aleksandr aleksandra alexey anastasia
andrey artem boris dima dmitry ekaterina evgeny galina igor kirill ksenia larisa lena maksim marinka mikhail nadezhda nastya nikita nikolai oksana oleg olga
pavel polina roman ruslan serega sergey svetlana tatiana vadim valera vitalik vlad vladimir vladislav yulia zvezda fernando eduardo gonzalez rodriguez
hernandez garcia lopez perez sanchez ramirez torres rivera carlos diego javier daniele giuseppe giovanni luca matteo priya rahul rajesh srinivas deepak sanjay
anil sunil suresh ramesh mahesh ahmed ali hassan hussain ibrahim khan mustafa mehmet omar yusuf fatima aisha wang zhang chen nguyen tianya woaini nihao
anhyeuem aaliyah adrian adriana alan albert alberto alfred alice alicia alison allison alyssa amelia amy arnold arthur aaron abraham adam barbara barney barry
beatrice belinda bella bernard bernie beverly blake bonnie brad bradley brenda brendan brett brianna bridget brooke bruce bruno calvin cameron camille carl
carla carlo carmen carol carolina caroline carolyn carrie carter casey cassandra cassie cecilia chandler charlene chelsey cheryl chester chloe cindy clara
clarence clayton clifford clinton colin colleen collin connie connor conrad cooper corey cory craig curtis cynthia dakota dale dallas dalton damian damien
darlene darren darryl dawn dean deanna derek derrick devin devon dexter dillon dominic dominique douglas doug duane dustin dwayne dylan earl edgar edith edwin
elijah elisabeth elliott elmer emmanuel ernest ernesto esther ethan eva fabian felipe felix gavin geoffrey gina glenn grant guillermo hayden hayley hector
heidi holly hunter isaac isaiah jasmin jayden jeanette joaquin julio kaitlyn kayla kaylee kendra kristy landon leah leroy liam mackenzie malcolm mathew mateo
mckenzie mia micheal micah mohamed nigel paige parker peyton phoebe preston quentin quinn raquel raul reginald rene riley rocco rosario rudolf rudy rufus
salvador santos savannah scarlett selena seth skyler spike stewart sylvester tabitha tanner teddy terrence tobias toby trent tucker tyrone valeria vince wade
walker wyatt america american canada england britain scotland ireland irish wales france french germany german deutschland italia italy spain espana mexico
mexican brazil brasil argentina colombia chile peru portugal holland sweden norway finland denmark poland polska russia russian ukraine turkey turkiye greece
israel egypt africa kenya nigeria india indian indians pakistan indonesia philippines malaysia thailand vietnam china chinese hongkong japan japanese tokyo
korea australia aussie newzealand hawaii alaska alabama arizona arkansas california colorado florida idaho illinois iowa kansas kentucky louisiana maryland
michigan minnesota mississippi missouri montana nebraska nevada newyork newjersey ohio oklahoma oregon pennsylvania tennessee texas utah vermont washington
wisconsin wyoming london paris berlin madrid rome roma lisbon vienna amsterdam moscow istanbul boston chicago detroit denver houston dallastexas losangeles
lasvegas miami orlando philadelphia pittsburgh portland sandiego sanfrancisco seattle toronto montreal vancouver brooklyn manhattan hollywood dublin belfast
glasgow edinburgh birmingham bristol brighton oxford cambridge music musica musicman guitar guitarist drummer drums piano trumpet trombone saxophone violin
bass rock rocknroll rocker rockstar rockon punkrock metal metallica slipknot slayer megadeth pantera nirvana korn linkinpark blink eminem tupac thuglife
gangster gangsta hiphop snoopdogg fiftycent beatles lennon mccartney elvispresley ledzeppelin zeppelin acdc vanhalen hendrix rollingstones queenie coldplay
radiohead nickelback rammstein deftones incubus offspring ramones sexpistols bobmarley marley reggae jazz blues techno trance dance dancer dancing ballet
singer song mozart beethoven bach school student students teacher college university library science history english math physics chemistry biology doctor
nurse lawyer engineer fireman firefighter police policeman soldier army airforce navy marine marines semperfi military sniper commando captain general
sergeant major pilot airplane airborne boeing cessna helicopter rocket spaceship space planet jupiter saturn neptune venus uranus pluto galaxy universe cosmos
eclipse apollo zeus athena hercules achilles odyssey titan thor odin loki ragnarok valhalla anubis osiris isis ramses cleopatra pirate pirates ninja samurai
shogun knight knights warlock wizard magic magical magician witch sorcerer fairy tinkerbell peterpan cinderella rapunzel snowwhite disney disneyland dumbo
bambi nemo simba pocahontas mulan aladdin elmo cookiemonster kermit muppet snoopy garfield scooby scoobydoo bugsbunny tweety tweetybird donaldduck goofy
popeye simpsons homer bart bartman cartman southpark spongebob patrickstar squidward family friend friends bestfriend friendship brother brothers sister
sisters mother father mommy daddy mama papa mamapapa grandma grandpa children child boy boys girl girls woman women man men people human mister mistress buddy
buddyboy boyfriend girlfriend husband wife marriage wedding money moneyman bigmoney dollar dollars million millionaire business success successful power
powerful energy strong strength freedom free freeman liberty justice independence revolution anarchy chaos war peaceful hate hateme hatred death dead die kill
killer killers murder blood bloody evil danger dangerous poison venom toxic nuclear atomic bomb bomber bullet shotgun pistol gun guns gunner hunting target
fighter fight fuck fuckyou fuckme fuckoff fuckit fucker fucking fuckthis motherfucker shit bullshit shithead asshole assman bitch bitches bastard cunt dick
dickhead bigdick cock pussy tits boobs boobies bigtits sex sexy sexygirl sexyboy sexybitch sexsex sexual porn porno pornstar naked nude penis vagina cumshot
blowjob blowme suckme suckit lickme horny hooker hooters hardcore slut whore wanker bollocks pimp pimpin playa gangbang cool cooldude coolman coolguy awesome
amazing fantastic great good goodluck better best bestever perfect special lucky luckyone luckydog crazy mad madman maddog madmax madness insane psycho stupid
idiot dumb dumbass loser losers jackass badass badboy badgirl bad naughty nasty dirty funny fun funtime haha hahaha lol lollol lolita hehe yoyo yoyoyo okok
blah blahblah blabla lalala nanana gogogo simple easy random unknown hidden mystery mystic enigma puzzle question answer number numbers letter letters word
words wordpass drowssap sesame opensesame open openup enter entry exit door gate gateway key keys keyboard monitor printer laptop desktop database oracle
mysql cisco router switch firewall hacker hackers hacking cracker cyber digital electronic electric technology future genesis alpha beta gamma delta omega
sigma epsilon infinity eternity destiny fortune fate legend legends legendary myth fantasy paradise utopia eden atlantis avalon avatar mountain mountains
river ocean sea lake beach island forest jungle desert tree trees garden nature earth world globe north south east west western westside eastside northside
southside city country village street highway bridge castle tower palace house home homeland farm farmer ranch boat sailboat sailing sailor ship harbor anchor
train trains truck trucker tractor bicycle motorcycle scooter skateboarder barbie dolly toys toystory lego transformers optimus optimusprime megatron gundam
robotech nineinchnails 9inchnails bondage voltron thundercats fluffy snickers skittles twix oreo patches smokey bandit buster rusty bailey duke rex ranger rover rascal boomer scout sparky
spot tank tinker whiskers misty mittens socks precious cuddles snuggles pebbles bambam boogie booger boomboom bubba bubbles bubblegum bingo bongo bonkers bozo
chico chichi choochoo cocoa coco dada dodo doodle dudley fifi gizmo googoo hobbes jellybean jojo kiki lala lulu mimi nana nini pepe pookie poopoo poop pooper
popo roro shaggy skippy smurf spanky spooky squirt stinky tootsie tutu wiggles winnie winniethepooh woody woodstock yogi yogibear zigzag ziggy zorro adidas
nike reebok gucci prada chanel versace armani rolex walmart ikea mcdonalds burgerking trustnoone onepiece onedirection justinbieber bieber selenagomez
hannahmontana jonasbrothers highschool highschoolmusical edwardcullen bigdaddy bigboy bigman bigdog bigred bigmac bigfoot bigbear bigballs bigbrother biggie
bighead littleman littlegirl littleone little shorty whatsup wassup howareyou ohyeah yeah yesyes nono nonono noway yomama yourmom yourself myself mypass
mypassword mybaby mylife mydog mycat newlife newpass newpassword newyear newport newbie newuser oldman oldschool onlyme justme justdoit itsme helpme help
hithere heyhey hey iamcool iamgod iamme idontknow ihateyou imissyou iwantu iwantyou wantyou needyou missyou callme bemine bitemexxx biteme byteme eatme
eatshit seinfeld friendstv breakingbad walkingdead gameofthrones winterfell stark lannister targaryen khaleesi hodor sopranos xfiles mulder scully babylon
voyager enterprise picard klingon vulcan spock kirk trekkie tardis doctorwho dalek serenity battlestar galactica gfhjkm ghbdtn yfnfif vfhbyf fylhtq dbrnjhbz
cjkysirj klaster lifehack phpbb forum webmaster website online offline download manunited ilovemyself godisgood godislove jesuslives thankgod blessedone
inlove lovebug lovebird lovestory romance romeo sexylady sexymama butthead metallic creative rush godzilla explorer einstein spitfire anderson freeuser
consumer aardvark lonestar raistlin coltrane meridian grizzly guardian discover celica mushroom harmony munchkin goldberg stockings brucelee spectrum alliance
frontier nightmare stonecold absolute motherlode undertaker paintball solution pavilion concrete wrinkle thumper hurricane handsome evolution resident
nuttertools aspirine titleist software translator buckshot research national terminal treasure tsunami trinidad knickers skinhead chainsaw caveman clarinet
quantum dreamcast shopping complete platypus corleone gonzales stallion kamikaze starbuck whitesox nosferatu scorpions deadhead deeznuts diehard downtown
roadkill railroad rastaman romashka skorpion spartak stealth sterling stranger submarine tarantula technics teenager timberland universal valkyrie veritas
hesoyam aezakmi trustme insomnia kangaroo backspace blacksabbath cigarette clockwork cornflakes cosworth coventry crackers cyclops daredevil deathnote
dominator education electron emmanuelle equinox exchange fearless fireworks flowerpower forklift fountain fullmoon gangsters generation gravity greatone
hardrock heritage hotstuff housewife hummingbird immortal imperial internal jackpot jackrabbit journey juggernaut lemonade longhorn loverboy luckyman magnolia
mandarin manhunter marathon mechanic meatball meatloaf megaman millenium miracle mobile monopoly mongoose moonshine motocross mulligan multiplelo mustard
nautilus nightwing obsidian octopus outlaw overlord pacific paladin paramount pathfinder peekaboo perfection pinball polaris postman predators president
prisoner producer professor programmer qwaszx raiden rainbowsix ravenclaw redalert rhapsody richmond riverside romantic roosevelt rosewood rottweiler sabotage
salamander salvation sandstorm scorpius scratch secretary sentinel shadowfax shamrock shinobi sidewinder silverado skeleton skyline slapshot smallville
snapdragon socrates solitude sorcery southern spartacus spectre speedway spiritual stalker standard starlite steelhead stingray stonewall stormtrooper
strawberries stronghold sunflowers supernova surfboard survivor symphony tangerine telephone tempest thirteen thunderbird tigerlily timberwolf tombraider
tornado tortoise trailblazer transam tribal triumph trouble truelies turquoise undercover underground valiant vanguard velocity vendetta victorious virtual
wanderer warhammer watermelons waterfall waterloo whirlwind whistler wildfire windmill windsurf wonderful wonderland woodland woodpecker workshop yamahar
yellowstone yosemite zeppelins zerocool 1232323q
`;

let words: ReadonlySet<string> | null = null;

/** Old programs cut passwords off here, so their users' lists are full of beginnings. */
const OLD_LIMIT = 8;

/** The words and the leaked passwords, in lower case, and what an old limit left of the long ones. Read when they are first needed. */
export function commonWords(): ReadonlySet<string> {
  if (words === null) {
    const listed = `${WORDS} ${LEAKED_PASSWORDS}`.split(/\s+/).filter((word) => word !== "");
    words = new Set([...listed, ...listed.map((word) => word.slice(0, OLD_LIMIT))]);
  }
  return words;
}
