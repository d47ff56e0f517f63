/** Bytes that are written bit by bit, the lowest bit of a byte first. */
export class BitOutput {
  #bytes: Uint8Array = new Uint8Array(1024);
  #written = 0;
  #bits = 0;
  #bitCount = 0;

  /** @param count at most 16 */
  writeBits(value: number, count: number): void {
    this.#bits |= value << this.#bitCount;
    this.#bitCount += count;
    while (this.#bitCount >= 8) {
      this.writeByte(this.#bits & 255);
      this.#bits >>>= 8;
      this.#bitCount -= 8;
    }
  }

  /** Fills the begun byte with zeros. */
  alignToByte(): void {
    if (this.#bitCount > 0) this.writeByte(this.#bits & 255);
    this.#bits = 0;
    this.#bitCount = 0;
  }

  /** Only where no byte is begun. */
  writeByte(byte: number): void {
    if (this.#written === this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#written++] = byte;
  }

  /** Everything written so far; the output starts over. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.#written);
    this.#written = 0;
    return taken;
  }
}
