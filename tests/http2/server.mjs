// An HTTP/2 server on a free loopback port; HTTP/1.1 with who asks for that. Writes its port into the file it is
// given, by rename, and stays until it is ended. Usage: node server.mjs CERTIFICATE KEY FILE
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { constants, createSecureServer } from 'node:http2';

const [certificate, key, file] = process.argv.slice(2);
const server = createSecureServer({
  allowHTTP1: true,
  cert: readFileSync(certificate),
  key: readFileSync(key),
});
const connections = new Set();

function echo(request, response) {
  const pieces = [];
  request.on('data', (piece) => pieces.push(piece));
  request.on('end', () => {
    response.setHeader('content-type', 'application/json');
    response.setHeader('x-many', ['one', 'two']);
    response.end(JSON.stringify({
      version: request.httpVersion,
      connections: connections.size,
      method: request.method,
      target: request.url,
      length: Buffer.concat(pieces).length,
      idempotency_key: request.headers['idempotency-key'] ?? '',
    }));
  });
}
const paths = {
  '/big': (_, response) => response.end('b'.repeat(3_000_000)),
  '/refused': (request) => request.stream.close(constants.NGHTTP2_REFUSED_STREAM),
  '/reset': (request) => request.stream.close(constants.NGHTTP2_INTERNAL_ERROR),
  '/reset-in-body': (request, response) => {
    response.write('a');
    setImmediate(() => request.stream.close(constants.NGHTTP2_INTERNAL_ERROR));
  },
  '/silence': () => {},
  '/stall': (_, response) => response.write('a'),
  '/trailers': (_, response) => {
    response.addTrailers({ 'x-late': 'yes' });
    response.end('ok');
  },
};
server.on('request', (request, response) => (paths[request.url] ?? echo)(request, response));
server.on('secureConnection', (socket) => {
  connections.add(socket);
  socket.on('close', () => connections.delete(socket));
});
server.on('sessionError', () => {});
server.listen(0, '127.0.0.1', () => {
  writeFileSync(`${file}.new`, String(server.address().port));
  renameSync(`${file}.new`, file);
});
