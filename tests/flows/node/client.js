// A client of another author: node client.js PORT SYSTEM_ID PASSWORD. Prints a line of JSON for whatever happens; each
// line of JSON it reads is a submit_sm.
'use strict';
const readline = require('readline');
const smpp = require('smpp');

const [port, system_id, password] = process.argv.slice(2);
const tell = (event, values) => console.log(JSON.stringify({event, ...values}));
const text = (message) => (Buffer.isBuffer(message) ? message.toString() : message.message);
const session = smpp.connect({url: `smpp://127.0.0.1:${port}`, auto_enquire_link_period: 200});

session.on('error', (error) => tell('error', {text: String(error)}));
session.on('close', () => tell('closed', {}));
session.on('enquire_link_resp', () => tell('link answered', {}));
session.on('deliver_sm', (pdu) => {
  tell(pdu.esm_class & 4 ? 'receipt' : 'message', {
    from: pdu.source_addr, to: pdu.destination_addr, text: text(pdu.short_message),
    id: pdu.receipted_message_id, state: pdu.message_state, coding: pdu.data_coding,
  });
  session.send(pdu.response());
});

session.on('connect', () => {
  session.bind_transceiver({system_id, password}, (answer) => {
    tell('bound', {status: answer.command_status, system_id: answer.system_id});
    readline.createInterface({input: process.stdin}).on('line', (line) => {
      const command = JSON.parse(line);
      if (command.unbind) {
        session.unbind((reply) => { tell('unbound', {status: reply.command_status}); session.close(); });
        return;
      }
      session.submit_sm(command, (reply) => tell('answer', {status: reply.command_status, id: reply.message_id}));
    });
  });
});
