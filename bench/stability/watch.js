// In the receiving page: when new pictures were presented, and whether the sound was there, every 20 ms.
(() => {
  const connect = AudioNode.prototype.connect;
  const ears = [];
  AudioNode.prototype.connect = function (target, ...rest) {
    if (target instanceof AudioDestinationNode) {
      const ear = new AnalyserNode(this.context, { fftSize: 1024 });
      connect.call(this, ear);
      ears.push(ear);
    }
    return connect.call(this, target, ...rest);
  };
  window.__watch = (selector, ms) =>
    new Promise((done) => {
      const video = document.querySelector(selector);
      const began = performance.now();
      const pictures = [];
      const sounds = [];
      const samples = new Float32Array(1024);
      const picture = (now) => {
        pictures.push(now - began);
        if (now - began < ms) video.requestVideoFrameCallback(picture);
      };
      video.requestVideoFrameCallback(picture);
      const timer = setInterval(() => {
        let power = 0;
        for (const ear of ears) {
          ear.getFloatTimeDomainData(samples);
          power = Math.max(power, samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
        }
        sounds.push([performance.now() - began, power]);
        if (performance.now() - began >= ms) {
          clearInterval(timer);
          done({ pictures, sounds });
        }
      }, 20);
    });
})();
