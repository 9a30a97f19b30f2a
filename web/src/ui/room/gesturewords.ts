/** The sentences about gestures; their numbers are those of spec/wire.md section 1. */

export const gesturesEn = {
  "gesture.0": "Touch your left ear with your right hand",
  "gesture.1": "Touch your right ear with your left hand",
  "gesture.2": "Cover one eye with a flat hand",
  "gesture.3": "Put your little finger to the tip of your nose",
  "gesture.4": "Pass a hand slowly in front of your face",
  "gesture.5": "Turn your head all the way to your left",
  "gesture.6": "Turn your head all the way to your right",
  "gesture.7": "Press a finger into your cheek",
  "gesture.8": "Hold three fingers beside your face",
  "gesture.9": "Lay a flat hand on your head",
  "gesture.10": "Cross two fingers in front of your chin",
  "gesture.11": "Come very close to the camera",

  "ask.title": "In doubt about the picture?",
  "ask.text":
    "Everybody sees what you ask for. It helps against recordings and simple fakes, and proves nothing: to be sure, compare keys.",
  "ask.button": "Ask for a gesture",
  "ask.strip": "{name} asks:",
  "ask.strip.mine": "You ask:",
  "ask.me": "{name} asks you:",
  "ask.me.text": "So that the others can tell you from a recording. Do only what is easy for you.",
  "ask.open": "{name} was asked:",
  "ask.yes": "As asked",
  "ask.no": "Not as asked",
  "ask.was": "You noted: as asked. That proves nothing.",
  "ask.was.not": "You noted: not as asked.",
};

export const gesturesFr: Record<keyof typeof gesturesEn, string> = {
  "gesture.0": "Touchez votre oreille gauche de la main droite",
  "gesture.1": "Touchez votre oreille droite de la main gauche",
  "gesture.2": "Couvrez un œil de la main à plat",
  "gesture.3": "Posez le petit doigt sur le bout de votre nez",
  "gesture.4": "Passez lentement une main devant votre visage",
  "gesture.5": "Tournez la tête à fond vers votre gauche",
  "gesture.6": "Tournez la tête à fond vers votre droite",
  "gesture.7": "Enfoncez un doigt dans votre joue",
  "gesture.8": "Montrez trois doigts à côté de votre visage",
  "gesture.9": "Posez la main à plat sur votre tête",
  "gesture.10": "Croisez deux doigts devant votre menton",
  "gesture.11": "Approchez-vous tout près de la caméra",

  "ask.title": "Un doute sur l’image ?",
  "ask.text":
    "Tous voient ce que vous demandez. Cela aide contre les enregistrements et les trucages simples, et ne prouve rien : pour être sûr, comparez les clés.",
  "ask.button": "Demander un geste",
  "ask.strip": "{name} demande :",
  "ask.strip.mine": "Vous demandez :",
  "ask.me": "{name} vous demande :",
  "ask.me.text": "Pour que les autres vous distinguent d’un enregistrement. Ne faites que ce qui vous est facile.",
  "ask.open": "Demandé à {name} :",
  "ask.yes": "Fait",
  "ask.no": "Non fait",
  "ask.was": "Vous avez noté : fait. Cela ne prouve rien.",
  "ask.was.not": "Vous avez noté : non fait.",
};

export type GestureKey = Extract<keyof typeof gesturesEn, `gesture.${number}`>;
