// An SMSC of another author: takes every message, sends its receipt, and messages of subscribers when it is told to.
// Prints a line of JSON for whatever happens; reads commands as lines of JSON.
'use strict';
const readline = require('readline');
const smpp = require('smpp');

const tell = (event, values) => console.log(JSON.stringify({event, ...values}));
const text = (message) => (Buffer.isBuffer(message) ? message.toString() : message.message);
let sessions = [];
let ids = 0;

function receipt(session, pdu, id) {
  session.deliver_sm({
    esm_class: 4,
    source_addr: pdu.destination_addr,
    destination_addr: pdu.source_addr,
    short_message: `id:${id} sub:001 dlvrd:001 submit date:2601010101 done date:2601010102 stat:DELIVRD err:000 text:-`,
  }, (answer) => tell('receipt answered', {status: answer.command_status}));
}

const server = smpp.createServer((session) => {
  session.on('error', (error) => tell('error', {text: String(error)}));
  session.on('close', () => { sessions = sessions.filter((each) => each !== session); tell('closed', {}); });
  session.on('bind_transceiver', (pdu) => {
    sessions.push(session);
    session.send(pdu.response({system_id: 'node'}));
    tell('bound', {system_id: pdu.system_id, password: pdu.password});
  });
  session.on('submit_sm', (pdu) => {
    const id = `n${++ids}`;
    tell('message', {
      id, to: pdu.destination_addr, from: pdu.source_addr, text: text(pdu.short_message),
      coding: pdu.data_coding, esm_class: pdu.esm_class, registered: pdu.registered_delivery,
    });
    session.send(pdu.response({message_id: id}));
    if (pdu.registered_delivery) receipt(session, pdu, id);
  });
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('unbind', (pdu) => { session.send(pdu.response()); session.close(); });
});

server.listen(0, '127.0.0.1', () => tell('listens', {port: server.address().port}));

readline.createInterface({input: process.stdin}).on('line', (line) => {
  const command = JSON.parse(line);
  sessions[0].deliver_sm({
    source_addr: command.from, destination_addr: command.to, short_message: command.text,
  }, (answer) => tell('message answered', {status: answer.command_status}));
});
