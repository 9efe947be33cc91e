// Shows the camera, sends frames to the board and says what it asks for. The board decides everything:
// this page only looks and talks.
"use strict";

const TEXTS = {
  en: {
    title: "Show your face", start: "Start",
    ready: "Hold your face in the oval, then press Start.",
    waiting_for_reference: "Your document has not arrived yet. Please wait.",
    evaluating: "One moment …", ended: "This link has ended.",
    passed: "Thank you, that's all.", failed: "That didn't work. Ask for a new link.",
    busy: "The board is busy. Please try again shortly.",
    no_camera: "The camera can't be used. Allow it in the browser and reload this page.",
    insecure: "A browser lends its camera only to pages over HTTPS or on this machine.",
    lost: "The connection is interrupted …",
    look_here: "Look straight at the camera", turn_left: "Turn your head to your left",
    turn_right: "Turn your head to your right", look_up: "Look up", blink: "Blink",
    come_closer: "Come closer", no_face: "Your face can't be seen", several_faces: "Only one person, please",
  },
  de: {
    title: "Zeigen Sie Ihr Gesicht", start: "Beginnen",
    ready: "Halten Sie Ihr Gesicht ins Oval und drücken Sie auf Beginnen.",
    waiting_for_reference: "Ihr Ausweis ist noch nicht da. Bitte warten.",
    evaluating: "Einen Moment …", ended: "Dieser Link ist abgelaufen.",
    passed: "Danke, das war alles.", failed: "Das hat nicht geklappt. Bitten Sie um einen neuen Link.",
    busy: "Das Gerät ist beschäftigt. Bitte gleich noch einmal versuchen.",
    no_camera: "Die Kamera ist nicht verfügbar. Erlauben Sie sie im Browser und laden Sie die Seite neu.",
    insecure: "Browser geben die Kamera nur für HTTPS oder dieses Gerät frei.",
    lost: "Die Verbindung ist unterbrochen …",
    look_here: "Schauen Sie gerade in die Kamera", turn_left: "Drehen Sie den Kopf nach links",
    turn_right: "Drehen Sie den Kopf nach rechts", look_up: "Schauen Sie nach oben", blink: "Blinzeln Sie",
    come_closer: "Kommen Sie näher", no_face: "Ihr Gesicht ist nicht zu sehen",
    several_faces: "Bitte nur eine Person",
  },
  fr: {
    title: "Montrez votre visage", start: "Commencer",
    ready: "Placez votre visage dans l’ovale, puis appuyez sur Commencer.",
    waiting_for_reference: "Votre document n’est pas encore arrivé. Veuillez patienter.",
    evaluating: "Un instant …", ended: "Ce lien a expiré.",
    passed: "Merci, c’est terminé.", failed: "Cela n’a pas marché. Demandez un nouveau lien.",
    busy: "L’appareil est occupé. Réessayez dans un instant.",
    no_camera: "La caméra est inaccessible. Autorisez-la dans le navigateur et rechargez la page.",
    insecure: "Le navigateur ne prête la caméra qu’en HTTPS ou sur cet appareil.",
    lost: "La connexion est interrompue …",
    look_here: "Regardez droit vers la caméra", turn_left: "Tournez la tête vers votre gauche",
    turn_right: "Tournez la tête vers votre droite", look_up: "Regardez vers le haut",
    blink: "Clignez des yeux", come_closer: "Approchez-vous", no_face: "On ne voit pas votre visage",
    several_faces: "Une seule personne, s’il vous plaît",
  },
  es: {
    title: "Muestre su cara", start: "Empezar",
    ready: "Ponga la cara en el óvalo y pulse Empezar.",
    waiting_for_reference: "Su documento aún no ha llegado. Espere, por favor.",
    evaluating: "Un momento …", ended: "Este enlace ha caducado.",
    passed: "Gracias, eso es todo.", failed: "No ha funcionado. Pida un enlace nuevo.",
    busy: "El equipo está ocupado. Inténtelo de nuevo en un momento.",
    no_camera: "No se puede usar la cámara. Permítala en el navegador y recargue la página.",
    insecure: "El navegador solo presta la cámara por HTTPS o en este equipo.",
    lost: "La conexión se ha interrumpido …",
    look_here: "Mire de frente a la cámara", turn_left: "Gire la cabeza a su izquierda",
    turn_right: "Gire la cabeza a su derecha", look_up: "Mire hacia arriba", blink: "Parpadee",
    come_closer: "Acérquese", no_face: "No se ve su cara", several_faces: "Solo una persona, por favor",
  },
  pt: {
    title: "Mostre o seu rosto", start: "Começar",
    ready: "Coloque o rosto na oval e carregue em Começar.",
    waiting_for_reference: "O seu documento ainda não chegou. Aguarde, por favor.",
    evaluating: "Um momento …", ended: "Esta ligação expirou.",
    passed: "Obrigado, é tudo.", failed: "Não resultou. Peça uma nova ligação.",
    busy: "O aparelho está ocupado. Tente de novo daqui a pouco.",
    no_camera: "Não é possível usar a câmara. Autorize-a no navegador e recarregue a página.",
    insecure: "O navegador só empresta a câmara por HTTPS ou neste aparelho.",
    lost: "A ligação foi interrompida …",
    look_here: "Olhe em frente para a câmara", turn_left: "Vire a cabeça para a sua esquerda",
    turn_right: "Vire a cabeça para a sua direita", look_up: "Olhe para cima", blink: "Pisque os olhos",
    come_closer: "Aproxime-se", no_face: "Não se vê o seu rosto", several_faces: "Só uma pessoa, por favor",
  },
};
// The picture is shown as in a mirror, so the person's left is on the left.
const ARROWS = { turn_left: "←", turn_right: "→", look_up: "↑", come_closer: "⤢", blink: "👁" };

const MAX_WIDTH = 1280;
const JPEG_QUALITY = 0.85;
/// Between two frames, in milliseconds, if the board keeps up.
const PACE = 125;
const PATIENCE = 15000;

const here = location.pathname.replace(/\/+$/, "");
const part = (id) => document.getElementById(id);
const camera = part("camera");
const canvas = document.createElement("canvas");
const language = (navigator.languages || ["en"])
  .map((tag) => tag.slice(0, 2)).find((tag) => tag in TEXTS) || "en";
const text = (key) => TEXTS[language][key] || TEXTS.en[key] || "";
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

function say(key, hint = "") {
  if (part("instruction").textContent !== text(key)) part("instruction").textContent = text(key);
  part("hint").textContent = text(hint);
  part("arrow").textContent = ARROWS[key] || "";
  part("arrow").hidden = !(key in ARROWS);
}

async function ask(path, options = {}) {
  const answer = await fetch(here + path, { cache: "no-store", ...options });
  if (answer.status === 404) return { stage: "ended" };
  // It is no longer at the stage that was asked for; its state tells more.
  if (answer.status === 409) return { stage: "evaluating" };
  if (answer.status === 429 || answer.status === 503) return { stage: "busy" };
  if (!answer.ok) throw new Error(`the board answered ${answer.status}`);
  return answer.json();
}

async function open() {
  if (!navigator.mediaDevices) { say("insecure"); return false; }
  try {
    camera.srcObject = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: "user", width: { ideal: MAX_WIDTH }, height: { ideal: 720 } },
    });
    await camera.play();
    return true;
  } catch {
    say("no_camera");
    return false;
  }
}

function close() {
  if (camera.srcObject) camera.srcObject.getTracks().forEach((track) => track.stop());
}

function frame() {
  const scale = Math.min(1, MAX_WIDTH / camera.videoWidth);
  canvas.width = Math.round(camera.videoWidth * scale);
  canvas.height = Math.round(camera.videoHeight * scale);
  canvas.getContext("2d").drawImage(camera, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", JPEG_QUALITY));
}

function tellPlace() {
  if (!navigator.geolocation) return;
  navigator.geolocation.getCurrentPosition((position) => {
    const { latitude, longitude } = position.coords;
    ask("/place", {
      method: "POST", headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ latitude, longitude }),
    }).catch(() => {});
  }, () => {}, { timeout: 10000, maximumAge: 600000 });
}

async function capture() {
  let answered = performance.now();
  for (;;) {
    const begun = performance.now();
    try {
      const state = await ask("/frame", {
        method: "POST", headers: { "Content-Type": "image/jpeg" }, body: await frame(),
      });
      if (state.stage !== "busy") {
        answered = begun;
        if (state.stage !== "capturing") return state;
        say(state.instruction, state.hint);
        part("progress").value = state.progress;
      }
    } catch {
      say("lost");
    }
    if (performance.now() - answered > PATIENCE) return { stage: "evaluating" };
    await pause(Math.max(0, PACE - (performance.now() - begun)));
  }
}

async function finish(state) {
  while (state.stage === "evaluating" || state.stage === "capturing" || state.stage === "busy") {
    say("evaluating");
    await pause(700);
    state = await ask("/state").catch(() => state);
  }
  part("progress").hidden = true;
  if (state.stage !== "finished") return say("ended");
  document.body.dataset.outcome = state.passed ? "passed" : "failed";
  say(state.passed ? "passed" : "failed");
  if (state.redirect) {
    await pause(1500);
    location.assign(state.redirect);
  }
}

async function begin(wantsPlace) {
  part("start").hidden = true;
  const state = await ask("/start", { method: "POST" }).catch(() => ({ stage: "busy" }));
  if (state.stage === "busy") {
    say("busy");
    part("start").hidden = false;
    return;
  }
  part("progress").hidden = false;
  say(state.instruction);
  if (wantsPlace) tellPlace();
  const end = state.stage === "capturing" ? await capture() : state;
  close();
  await finish(end);
}

async function main() {
  document.documentElement.lang = language;
  document.title = text("title");
  document.querySelectorAll("[data-text]").forEach((element) => {
    element.textContent = text(element.dataset.text);
  });
  let state = await ask("/state");
  while (state.stage === "waiting_for_reference" || state.stage === "busy") {
    say(state.stage);
    await pause(2000);
    state = await ask("/state").catch(() => state);
  }
  if (state.stage !== "ready") return finish(state);
  if (!(await open())) return;
  say("ready");
  part("start").hidden = false;
  part("start").addEventListener("click", () => begin(state.wants_place));
  part("start").focus();
}

main().catch(() => say("lost"));
