// Reads the serial and the MAC of a device from its label, where the browser can read codes. Everywhere else they are
// typed.
"use strict";

const LOOKS_EVERY_MS = 200;
const MAC = /(?<![0-9a-f])(?:[0-9a-f]{2}[:\-.]?){5}[0-9a-f]{2}(?![0-9a-f])|(?<![0-9a-f])(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}(?![0-9a-f])/i;
const SERIAL = /\b(?:s\/?n|serial(?:\s*(?:no|number))?)\s*[:=.]?\s*([\w\-./]+)/i;
const LONGEST_SERIAL = 128;

function partsOf(text, hasMac) {
  const trimmed = text.trim();
  const mac = trimmed.match(MAC)?.[0] ?? null;
  const named = trimmed.match(SERIAL)?.[1] ?? null;
  const isWhollyMac = mac !== null && mac.length === trimmed.length;
  if (isWhollyMac && !(hasMac && /^[0-9a-f]{12}$/i.test(mac))) return { new_mac: mac };
  const parts = {};
  if (mac !== null && !isWhollyMac) parts.new_mac = mac;
  const serial = named ?? (mac === null || isWhollyMac ? trimmed : null);
  if (serial && serial.length <= LONGEST_SERIAL && !/\s/.test(serial)) parts.new_serial = serial;
  return parts;
}

function startScanning(button) {
  const form = button.form;
  const dialog = document.querySelector("[data-scan-dialog]");
  const video = dialog.querySelector("video");
  const said = form.querySelector("[data-scan-told]");
  let stream = null;

  function tell(text) {
    said.hidden = false;
    said.textContent = text;
  }

  function stop() {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    video.srcObject = null;
  }

  function fill(text) {
    const parts = Object.entries(partsOf(text, form.elements.new_mac.value !== ""));
    for (const [name, value] of parts) form.elements[name].value = value;
    if (parts.length === 0) return false;
    form.dispatchEvent(new Event("input", { bubbles: true }));
    tell(`${button.dataset.filled} ${parts.map(([, value]) => value).join(", ")}`);
    return true;
  }

  async function look(detector) {
    while (stream !== null) {
      const codes = video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA ? await detector.detect(video).catch(() => []) : [];
      if (stream !== null && codes.some((code) => fill(code.rawValue))) dialog.close();
      await new Promise((resolve) => setTimeout(resolve, LOOKS_EVERY_MS));
    }
  }

  async function open() {
    try {
      const camera = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
      dialog.showModal();
      stream = camera;
      video.srcObject = camera;
      await video.play();
      await look(new BarcodeDetector());
    } catch {
      if (dialog.open) dialog.close();
      stop();
      tell(button.dataset.failed);
    }
  }

  button.hidden = false;
  button.addEventListener("click", open);
  dialog.querySelector("[data-scan-close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", stop);
  addEventListener("pagehide", stop);
}

const scanButton = document.querySelector("[data-scan]");
if (scanButton && "BarcodeDetector" in window && navigator.mediaDevices?.getUserMedia) startScanning(scanButton);
