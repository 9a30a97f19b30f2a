/** The sentences of the pages that say one thing: why a meeting does not open, or has ended; part of the catalogue. */

export const endingsEn = {
  "notice.incomplete.title": "This link is incomplete",
  "notice.incomplete.text":
    "The part after the # sign is missing. It holds the secret that opens the meeting, and the server does not know it. Ask for the whole link and open it again.",
  "notice.not-invited.title": "This link opens no meeting",
  "notice.not-invited.text":
    "The meeting is over or not open yet, the link was changed on its way, or you are not among those invited: the server does not say which. If you have an account here, sign in first. If you were given an entry code, use it.",
  "notice.full.title": "The meeting is full",
  "notice.full.text": "It has reached its largest number of people. You can try again when somebody has left.",
  "notice.unsupported.title": "This browser cannot hold an encrypted meeting",
  "notice.unsupported.text":
    "It lacks what Aparté needs to seal picture and sound on your own device. A recent version of Chrome, Edge, Brave or another browser built on Chromium works.",
  "notice.unsupported.missing": "What is missing",
  "notice.unknown.title": "There is nothing here",
  "notice.unknown.text": "This address belongs to no page.",
  "notice.again": "Try again",

  "missing.secure-context": "A secure connection (https)",
  "missing.video-encode": "Encoding of VP9 pictures",
  "missing.video-decode": "Decoding of VP9 pictures",
  "missing.sound-encode": "Encoding of Opus sound",
  "missing.sound-decode": "Decoding of Opus sound",
  "missing.audio-worklet": "Processing of sound (AudioWorklet)",
  "missing.track-processor": "Reading of camera pictures (MediaStreamTrackProcessor)",
  "missing.picture-surface": "A place to show opened pictures",
  "missing.web-crypto": "Modern cryptography (Web Crypto)",
  "missing.devices": "Access to camera and microphone",

  "ended.left.title": "You have left the meeting",
  "ended.left.text":
    "The keys of the meeting are gone from this device. As long as this page stays open you can come back; after that you need the link again.",
  "ended.replaced.title": "You joined from another window",
  "ended.replaced.text": "Your place in the meeting moved there, so it was closed here.",
  "ended.removed.title": "You are no longer in the meeting",
  "ended.removed.text":
    "The others’ devices took yours out of the group: somebody who may do so removed you, or your connection was away for too long. The keys were changed.",
  "ended.refused.title": "You were not let in",
  "ended.refused.text":
    "Somebody in the meeting refused your knock. If that was a mistake, tell them another way who you are, then knock again.",
  "ended.barred.title": "You cannot come back to this meeting",
  "ended.barred.text": "You were removed from it for good. Only its organisers can change that: ask them another way.",
  "ended.account-ended.title": "Your access has ended",
  "ended.account-ended.text":
    "The account, or the login, with which you came in is no longer valid. Ask whoever looks after your organisation’s accounts.",
  "ended.closing.title": "The server is restarting",
  "ended.closing.text": "It closed the meeting in good order. Come back in a moment.",
  "ended.silent.title": "The connection was lost",
  "ended.silent.text": "The server heard nothing from this device for some seconds.",
  "ended.unknown-seat.title": "You were away too long",
  "ended.unknown-seat.text": "Your place was given up. You can join again as new.",
  "ended.too-slow.title": "The connection is too slow",
  "ended.too-slow.text": "Even the keys of the meeting no longer got through in time.",
  "ended.too-many.title": "This device sent too much",
  "ended.too-many.text": "The server closed the connection, because it exceeded what a participant may send.",
  "ended.version.title": "This page is out of date",
  "ended.version.text": "The server speaks a newer language. Load the page again.",
  "ended.fault.title": "The connection was closed for safety",
  "ended.fault.text":
    "Something arrived that does not follow the rules, so the connection was ended rather than trusted.",
  "ended.bad-charter.title": "The server shows another meeting",
  "ended.bad-charter.text":
    "What it says about who directs this meeting, and how one enters, does not belong to your link. You did not go in. Ask for the link again, from whoever gave it to you.",
  "ended.unreachable.title": "The server cannot be reached",
  "ended.unreachable.text": "Check your network. Your link stays valid.",
  "ended.other.title": "The meeting has ended",
  "ended.other.text": "The connection was closed.",
  "ended.code": "Reason: {reason}",
  "ended.back": "Come back",
  "ended.reload": "Load again",
};

export const endingsFr: Record<keyof typeof endingsEn, string> = {
  "notice.incomplete.title": "Ce lien est incomplet",
  "notice.incomplete.text":
    "La partie qui suit le signe # manque. Elle porte le secret qui ouvre la réunion, et le serveur ne le connaît pas. Demandez le lien entier et ouvrez-le à nouveau.",
  "notice.not-invited.title": "Ce lien n’ouvre aucune réunion",
  "notice.not-invited.text":
    "La réunion est terminée ou pas encore ouverte, le lien a été modifié en chemin, ou vous n’êtes pas parmi les invités : le serveur ne dit pas lequel. Si vous avez un compte ici, connectez-vous d’abord. Si l’on vous a donné un code d’entrée, utilisez-le.",
  "notice.full.title": "La réunion est complète",
  "notice.full.text": "Elle a atteint son plus grand nombre de personnes. Réessayez quand quelqu’un sera sorti.",
  "notice.unsupported.title": "Ce navigateur ne peut tenir une réunion chiffrée",
  "notice.unsupported.text":
    "Il lui manque de quoi sceller l’image et le son sur votre propre appareil. Une version récente de Chrome, Edge, Brave ou d’un autre navigateur fondé sur Chromium convient.",
  "notice.unsupported.missing": "Ce qui manque",
  "notice.unknown.title": "Il n’y a rien ici",
  "notice.unknown.text": "Cette adresse ne mène à aucune page.",
  "notice.again": "Réessayer",

  "missing.secure-context": "Une connexion sûre (https)",
  "missing.video-encode": "L’encodage d’images VP9",
  "missing.video-decode": "Le décodage d’images VP9",
  "missing.sound-encode": "L’encodage du son Opus",
  "missing.sound-decode": "Le décodage du son Opus",
  "missing.audio-worklet": "Le traitement du son (AudioWorklet)",
  "missing.track-processor": "La lecture des images de la caméra (MediaStreamTrackProcessor)",
  "missing.picture-surface": "Un endroit où montrer les images ouvertes",
  "missing.web-crypto": "La cryptographie moderne (Web Crypto)",
  "missing.devices": "L’accès à la caméra et au micro",

  "ended.left.title": "Vous avez quitté la réunion",
  "ended.left.text":
    "Les clés de la réunion ont disparu de cet appareil. Tant que cette page reste ouverte, vous pouvez revenir ; ensuite il vous faudra de nouveau le lien.",
  "ended.replaced.title": "Vous êtes entré depuis une autre fenêtre",
  "ended.replaced.text": "Votre place dans la réunion s’y trouve désormais ; elle a été fermée ici.",
  "ended.removed.title": "Vous n’êtes plus dans la réunion",
  "ended.removed.text":
    "Les appareils des autres ont retiré le vôtre du groupe : une personne qui en a le droit vous a exclu, ou votre connexion a été coupée trop longtemps. Les clés ont changé.",
  "ended.refused.title": "On ne vous a pas ouvert",
  "ended.refused.text":
    "Une personne de la réunion a refusé de vous ouvrir. Si c’est une erreur, faites-lui savoir autrement qui vous êtes, puis frappez de nouveau.",
  "ended.barred.title": "Vous ne pouvez pas revenir à cette réunion",
  "ended.barred.text":
    "Vous en avez été exclu pour de bon. Seuls ses organisateurs peuvent y revenir : adressez-vous à eux autrement.",
  "ended.account-ended.title": "Votre accès a pris fin",
  "ended.account-ended.text":
    "Le compte, ou la connexion au compte, avec lequel vous êtes entré n’est plus valable. Adressez-vous à la personne qui gère les comptes de votre organisation.",
  "ended.closing.title": "Le serveur redémarre",
  "ended.closing.text": "Il a fermé la réunion en bon ordre. Revenez dans un instant.",
  "ended.silent.title": "La connexion s’est perdue",
  "ended.silent.text": "Le serveur n’a plus rien reçu de cet appareil pendant quelques secondes.",
  "ended.unknown-seat.title": "Votre absence a trop duré",
  "ended.unknown-seat.text": "Votre place a été libérée. Vous pouvez entrer à nouveau.",
  "ended.too-slow.title": "La connexion est trop lente",
  "ended.too-slow.text": "Même les clés de la réunion ne passaient plus à temps.",
  "ended.too-many.title": "Cet appareil a trop envoyé",
  "ended.too-many.text": "Le serveur a fermé la connexion, car elle dépassait ce qu’un participant peut envoyer.",
  "ended.version.title": "Cette page n’est plus à jour",
  "ended.version.text": "Le serveur parle une langue plus récente. Rechargez la page.",
  "ended.fault.title": "La connexion a été fermée par prudence",
  "ended.fault.text": "Quelque chose est arrivé qui ne suit pas les règles : mieux valait rompre que s’y fier.",
  "ended.bad-charter.title": "Le serveur présente une autre réunion",
  "ended.bad-charter.text":
    "Ce qu’il indique de la direction de cette réunion et de son entrée ne va pas avec votre lien. Vous n’êtes pas entré. Redemandez le lien à la personne qui vous l’a donné.",
  "ended.unreachable.title": "Le serveur est injoignable",
  "ended.unreachable.text": "Vérifiez votre réseau. Votre lien reste valable.",
  "ended.other.title": "La réunion est terminée",
  "ended.other.text": "La connexion a été fermée.",
  "ended.code": "Motif : {reason}",
  "ended.back": "Revenir",
  "ended.reload": "Recharger",
};
