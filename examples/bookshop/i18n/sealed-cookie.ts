import { de as german } from "./de.ts";
import { en as english, type Strings } from "./en.ts";
import { fr as french } from "./fr.ts";

/** What is said otherwise where sessions live in the visitors' cookies. */
type Changes = { readonly [Section in keyof Strings]?: Partial<Strings[Section]> };

const en: Changes = {
  shop: { footer: "Nothing is sold here. The shop shows what Coatcheck does: today everybody carries their own coat, in a box that only the shop can open." },
  shelf: { intro: "Take your time. What you put into the cart stays there, through a restart of the server too: it travels in your browser." },
  book: { laterWhy: "The wish list lives in a plain cookie: it survives signing out, and you can edit it in your browser. The cart lives in the session, which today is a cookie as well, but a sealed one." },
  cart: {
    emptyHint: "A cart costs this server nothing at all: it travels in your browser.",
    tabs: "Open a second tab and add a book in both at the same moment: one of them may be lost, because the last answer wins. Sessions at the server are merged; sessions in a cookie cannot be.",
  },
  signIn: { rotates: "Signing in gives you a new cookie, and new tokens for your forms. Whoever had copied the old cookie has the cart of a stranger, and nothing of yours." },
  account: {
    devicesIntro: "Sessions live in the browsers themselves, so there is no list of them to show. They can still be ended.",
    devicesWhy: "Your account has a number that only grows, the epoch. Each of these buttons raises it, and so does signing out: every cookie that was sealed before is void then, in every browser.",
    passwordWhy: "Every other device is signed out by it. This one stays, with a new cookie.",
  },
  desk: { rows: english.desk.rows.with(2, ["Name, cart, visits", "Session, in a sealed cookie", "They travel with you; only the server can read or change them. There is room for about 6 KB."]) },
  session: {
    valueIntro: "Set it, read it, remove it. The session is a typed map that travels in the cookie, sealed. Write a long note, and it takes two cookies.",
    rotateHeading: "A new number",
    rotateIntro: "The same session under a new number. A copy of the old cookie still works: what the server does not keep, it cannot take back before it expires or the epoch rises.",
    rotate: "Change the number",
    clearWhy: "Removes what the shop has stored. An emptied session leaves no cookie.",
    flushWhy: "Tells the browser to drop the cookie. If you are signed in, it also raises your epoch, so that every copy is void.",
  },
  xray: {
    subtitle: "everybody carries their own coat",
    noRecord: "Nothing. The session travels in the cookie, sealed, and the server keeps no copy.",
    note: "Names, flags and sizes only: sealed cookies are never shown. What the server finds in yours is yours to see.",
  },
};

const de: Changes = {
  shop: { footer: "Hier wird nichts verkauft. Der Laden zeigt, was Coatcheck tut: Heute tragen alle ihren Mantel selbst, in einer Kiste, die nur der Laden öffnen kann." },
  shelf: { intro: "Lassen Sie sich Zeit. Was im Korb liegt, bleibt dort, auch über einen Neustart des Servers hinweg: Es reist in Ihrem Browser mit." },
  book: { laterWhy: "Der Wunschzettel steht in einem offenen Cookie: Er übersteht die Abmeldung, und Sie können ihn im Browser ändern. Der Korb liegt in der Sitzung, und die ist heute auch ein Cookie, aber ein versiegeltes." },
  cart: {
    emptyHint: "Ein Korb kostet diesen Server gar nichts: Er reist in Ihrem Browser mit.",
    tabs: "Öffnen Sie einen zweiten Tab und legen Sie in beiden zugleich ein Buch in den Korb: Eines kann verloren gehen, denn die letzte Antwort gilt. Sitzungen beim Server werden zusammengeführt, Sitzungen im Cookie können es nicht.",
  },
  signIn: { rotates: "Beim Anmelden gibt es ein neues Cookie und neue Kennzeichen für Ihre Formulare. Wer das alte Cookie abgeschrieben hat, hat den Korb eines Fremden und nichts von Ihnen." },
  account: {
    devicesIntro: "Die Sitzungen liegen in den Browsern selbst, darum gibt es keine Liste von ihnen. Beenden lassen sie sich trotzdem.",
    devicesWhy: "Ihr Konto hat eine Zahl, die nur wächst, die Epoche. Jeder dieser Knöpfe erhöht sie, und das Abmelden auch: Jedes früher versiegelte Cookie ist dann wertlos, in jedem Browser.",
    passwordWhy: "Alle anderen Geräte werden dabei abgemeldet. Dieses bleibt, mit einem neuen Cookie.",
  },
  desk: { rows: german.desk.rows.with(2, ["Name, Korb, Besuche", "Sitzung, im versiegelten Cookie", "Sie reisen mit Ihnen; lesen und ändern kann sie nur der Server. Platz ist für etwa 6 KB."]) },
  session: {
    valueIntro: "Setzen, lesen, entfernen. Die Sitzung ist eine typisierte Tabelle, die versiegelt im Cookie mitreist. Eine lange Notiz braucht zwei Cookies.",
    rotateHeading: "Eine neue Nummer",
    rotateIntro: "Dieselbe Sitzung unter einer neuen Nummer. Eine Kopie des alten Cookies gilt weiter: Was der Server nicht aufhebt, kann er nicht zurückholen, ehe es abläuft oder die Epoche steigt.",
    rotate: "Nummer wechseln",
    clearWhy: "Entfernt, was der Laden gespeichert hat. Von einer geleerten Sitzung bleibt kein Cookie.",
    flushWhy: "Sagt dem Browser, dass er das Cookie wegwerfen soll. Sind Sie angemeldet, steigt auch Ihre Epoche, und jede Kopie ist wertlos.",
  },
  xray: {
    subtitle: "alle tragen ihren Mantel selbst",
    noRecord: "Nichts. Die Sitzung reist versiegelt im Cookie mit, und der Server hat keine Abschrift.",
    note: "Nur Namen, Merkmale und Größen: Versiegelte Cookies werden nie gezeigt. Was der Server in Ihrem findet, dürfen Sie sehen.",
  },
};

const fr: Changes = {
  shop: { footer: "Ici, rien n’est à vendre. La librairie montre ce que fait Coatcheck : aujourd’hui, chacun porte son manteau lui-même, dans une boîte que seule la librairie sait ouvrir." },
  shelf: { intro: "Prenez votre temps. Ce que vous mettez au panier y reste, même après un redémarrage du serveur : il voyage dans votre navigateur." },
  book: { laterWhy: "La liste d’envies est dans un cookie ouvert : elle survit à la déconnexion et vous pouvez la modifier dans le navigateur. Le panier est dans la session, qui est aujourd’hui un cookie aussi, mais scellé." },
  cart: {
    emptyHint: "Un panier ne coûte rien du tout à ce serveur : il voyage dans votre navigateur.",
    tabs: "Ouvrez un deuxième onglet et ajoutez un livre dans les deux au même instant : l’un d’eux peut se perdre, car la dernière réponse l’emporte. Les sessions du serveur sont réunies ; celles d’un cookie ne peuvent pas l’être.",
  },
  signIn: { rotates: "La connexion vous donne un nouveau cookie et de nouveaux jetons pour vos formulaires. Celui qui avait recopié l’ancien cookie tient le panier d’un inconnu, et rien de vous." },
  account: {
    devicesIntro: "Les sessions sont dans les navigateurs eux-mêmes, il n’y a donc pas de liste à montrer. On peut quand même les finir.",
    devicesWhy: "Votre compte a un nombre qui ne fait que croître, l’époque. Chacun de ces boutons l’augmente, et la déconnexion aussi : tout cookie scellé avant est alors sans valeur, dans tous les navigateurs.",
    passwordWhy: "Tous les autres appareils sont alors déconnectés. Celui-ci reste, avec un nouveau cookie.",
  },
  desk: { rows: french.desk.rows.with(2, ["Nom, panier, visites", "Session, dans un cookie scellé", "Ils voyagent avec vous ; seul le serveur peut les lire ou les changer. Il y a place pour 6 Ko environ."]) },
  session: {
    valueIntro: "L’écrire, la lire, la supprimer. La session est un tableau typé qui voyage scellé dans le cookie. Une longue note prend deux cookies.",
    rotateHeading: "Un nouveau numéro",
    rotateIntro: "La même session sous un nouveau numéro. Une copie de l’ancien cookie vaut toujours : ce que le serveur ne garde pas, il ne peut le reprendre avant qu’il expire ou que l’époque augmente.",
    rotate: "Changer le numéro",
    clearWhy: "Supprime ce que la librairie a enregistré. Une session vidée ne laisse aucun cookie.",
    flushWhy: "Dit au navigateur de jeter le cookie. Si vous êtes connecté, cela augmente aussi votre époque, et toute copie est sans valeur.",
  },
  xray: {
    subtitle: "chacun porte son manteau",
    noRecord: "Rien. La session voyage scellée dans le cookie, et le serveur n’en garde aucune copie.",
    note: "Seulement des noms, des attributs et des tailles : les cookies scellés ne sont jamais montrés. Ce que le serveur trouve dans le vôtre, vous pouvez le voir.",
  },
};

/** The texts of a language, with what is different in this shop. */
function layOver(strings: Strings, changes: Changes): Strings {
  const sections = Object.keys(changes) as (keyof Changes)[];
  const changed = sections.map((section) => [section, Object.assign({}, strings[section], changes[section])] as const);
  return Object.assign({}, strings, Object.fromEntries(changed));
}

/** Every text of a shop whose sessions live in cookies. */
export const SEALED_STRINGS = { en: layOver(english, en), de: layOver(german, de), fr: layOver(french, fr) } as const;
