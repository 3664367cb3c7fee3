// The way back of pack.rs: base64, zlib, byte planes, differences, steps.

async function unpack(packed) {
  const zipped = Uint8Array.from(atob(packed.data), (c) => c.charCodeAt(0));
  const stream = new Blob([zipped]).stream().pipeThrough(new DecompressionStream("deflate"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const { rows } = packed;
  const columns = {};
  packed.columns.forEach(([name, step], index) => {
    const low = 2 * rows * index;
    const values = new Float64Array(rows);
    let value = 0;
    for (let row = 0; row < rows; row += 1) {
      const code = bytes[low + row] | (bytes[low + rows + row] << 8);
      const difference = (code >> 1) ^ -(code & 1);
      value = ((value + difference) << 16) >> 16;
      values[row] = value === -32768 ? NaN : value * step;
    }
    columns[name] = values;
  });
  return { rows, columns };
}
