"use strict";

// A study in one page. `record` is what gets saved as a file; `place` is where the person is.
(() => {
  const find = (id) => document.getElementById(id);
  const study = JSON.parse(find("study").textContent);
  const steps = [...document.querySelectorAll("#steps li")];
  const questions = steps.map((step) => step.dataset.question);
  const pairOf = new Map(study.pairs.map((entry) => [key(entry.pair), entry]));
  const COLUMNS = { 2: 2, 4: 2 }; // results side by side on a wide screen; else three
  const storageKey = `stylectl-study-${study.id}`;
  let record = null;
  let place = { step: 0, ended: false, keys: true };

  function key(pair) {
    return JSON.stringify([pair.content, pair.style]);
  }

  // Chance

  function below(limit) {
    return crypto.getRandomValues(new Uint32Array(1))[0] % limit;
  }

  function shuffled(values) {
    const left = [...values];
    return values.map(() => left.splice(below(left.length), 1)[0]);
  }

  function newRecord() {
    const bytes = [...crypto.getRandomValues(new Uint8Array(8))];
    return {
      format: "stylectl-study-answers",
      version: 1,
      study: study.id,
      person: bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(""),
      started: new Date().toISOString(),
      finished: null,
      legend: study.legend,
      answers: shuffled(study.pairs)
        .slice(0, study.pairsPerPerson)
        .map(({ pair, results }) => ({ pair, shown: shuffled(Object.keys(results)), choices: {} })),
    };
  }

  // Memory

  function remember() {
    try {
      localStorage.setItem(storageKey, JSON.stringify({ record, place }));
    } catch {
      find("unsaved").hidden = false;
    }
  }

  function forget() {
    try {
      localStorage.removeItem(storageKey);
    } catch {
      // nothing was kept
    }
  }

  function recall() {
    try {
      const memory = JSON.parse(localStorage.getItem(storageKey));
      const known = memory.record.answers.every(({ pair }) => pairOf.has(key(pair)));
      if (known && Number.isInteger(memory.place.step)) ({ record, place } = memory);
    } catch {
      record = null; // nothing there, or nothing that this page wrote
    }
  }

  // What is shown

  const last = () => record.answers.length * questions.length;
  const answered = () =>
    record.answers.reduce((sum, { choices }) => sum + Object.keys(choices).length, 0);
  const present = () => {
    const answer = record.answers[Math.floor(place.step / questions.length)];
    return { answer, question: questions[place.step % questions.length] };
  };

  function show() {
    const name = record === null ? "welcome" : place.ended ? "end" : "trial";
    for (const part of document.querySelectorAll("main")) part.hidden = part.id !== name;
    if (name === "trial") showTrial();
    if (name === "end") showEnd();
    document.querySelector(`#${name} h1`).focus({ preventScroll: true });
  }

  function picture(number) {
    return `data:image/jpeg;base64,${study.pictures[number]}`;
  }

  function showTrial() {
    const { answer, question } = present();
    const number = Math.floor(place.step / questions.length) + 1;
    document.querySelector("label[for=progress]").textContent =
      `Pair ${number} of ${record.answers.length}`;
    find("progress").max = last();
    find("progress").value = answered();
    steps.forEach((step) => {
      const mine = step.dataset.question;
      step.classList.toggle("answered", mine in answer.choices);
      if (mine === question) step.setAttribute("aria-current", "step");
      else step.removeAttribute("aria-current");
    });
    ask(steps[place.step % questions.length].dataset.text);
    showPictures(answer);
    for (const button of find("results").querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.dataset.mark === answer.choices[question]));
    }
    find("back").disabled = place.step === 0;
    find("forward").disabled = !(question in answer.choices);
  }

  // Only the question changes between two answers: the eye has to be told.
  function ask(text) {
    find("question").textContent = text;
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    find("question").animate([{ opacity: 0 }, { opacity: 1 }], 300);
  }

  function showPictures(answer) {
    const list = find("results");
    if (list.dataset.pair === key(answer.pair)) return;
    const { given, results } = pairOf.get(key(answer.pair));
    find("photo").src = picture(given.content);
    find("painting").src = picture(given.style);
    list.dataset.pair = key(answer.pair);
    const columns = COLUMNS[answer.shown.length] ?? 3;
    list.style.setProperty("--columns", columns);
    list.style.setProperty("--rows", Math.ceil(answer.shown.length / columns));
    list.replaceChildren(
      ...answer.shown.map((mark, index) => result(mark, results[mark], index + 1)),
    );
    scrollTo(0, 0);
  }

  function result(mark, number, position) {
    const item = find("result").content.cloneNode(true);
    const button = item.querySelector("button");
    button.dataset.mark = mark;
    item.querySelector("img").src = picture(number);
    item.querySelector(".name").textContent = `Picture ${position}`;
    button.addEventListener("click", (event) => {
      if (event.detail < 2) choose(mark); // the second click of a double click answers nothing
    });
    return item;
  }

  function showEnd() {
    const whole = answered() === last();
    document.querySelector("#end h1").textContent = whole ? "Thank you!" : "You can stop here";
    find("outcome").textContent = whole
      ? "You have answered all questions."
      : `You have answered ${answered()} of ${last()} questions; they count as they are.`;
    find("save").disabled = answered() === 0;
    find("saved").textContent = "";
  }

  // What people do

  function go(change) {
    Object.assign(place, change);
    remember();
    show();
  }

  function choose(mark) {
    const { answer, question } = present();
    answer.choices[question] = mark;
    if (answered() === last()) record.finished = new Date().toISOString();
    forward();
  }

  function forward() {
    const step = place.step + 1;
    go(step === last() ? { ended: true } : { step });
  }

  function back() {
    if (place.step > 0) go({ step: place.step - 1 });
  }

  function save() {
    const text = JSON.stringify(record, null, 1);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = `answers-${study.id}-${record.person}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    find("saved").textContent = `Saved as ${link.download}`;
  }

  function anew() {
    if (!confirm("Have you saved your answers? This removes them from the browser.")) return;
    record = null;
    forget();
    show();
  }

  find("start").addEventListener("click", () => {
    record = newRecord();
    go({ step: 0, ended: false, keys: find("keys").checked });
  });
  find("back").addEventListener("click", back);
  find("forward").addEventListener("click", forward);
  find("stop").addEventListener("click", () => go({ ended: true }));
  find("resume").addEventListener("click", () => go({ ended: false }));
  find("save").addEventListener("click", save);
  find("anew").addEventListener("click", anew);

  document.addEventListener("keydown", (event) => {
    const modified = event.ctrlKey || event.altKey || event.metaKey;
    // A key held down would answer question after question.
    if (find("trial").hidden || modified || event.repeat) return;
    if (event.key === "ArrowLeft") back();
    if (event.key === "ArrowRight" && !find("forward").disabled) forward();
    const mark = place.keys && present().answer.shown[Number(event.key) - 1];
    if (mark) choose(mark);
  });

  // The same study in another tab: both show the same answers.
  addEventListener("storage", (event) => {
    if (event.key === storageKey) location.reload();
  });

  const plural = study.pairsPerPerson === 1 ? "pair" : "pairs";
  document.querySelector(".pairs").textContent = `${study.pairsPerPerson} ${plural}`;
  recall();
  show();
})();
