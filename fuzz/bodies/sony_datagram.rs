//! One datagram under Sony's header: as a packet, and into a client and a camera that are in the midst of something.

use tiltyard_visca::sony::Packet;
use tiltyard_visca::{
    Address, Controller, ControllerConfig, ControllerInput, ControllerOutput, Datagram, Device, DeviceInput,
    DeviceOutput, Drive, Framing, Inquiry, Message, Peer, Quirks, SimTime,
};

use super::model;

/// Outputs of one input: a packet holds five frames at most, and each means a few words at most.
const OUTPUTS_MAX: usize = 64;

/// Takes the bytes as one datagram.
pub fn run(bytes: &[u8]) {
    if let Ok(packet) = Packet::parse(bytes) {
        assert_eq!(packet.encode().as_bytes(), bytes);
    }
    if let Ok(datagram) = Datagram::new(bytes) {
        let _ = Message::of(&datagram).map(|message| message.to_string());
    }
    let at = SimTime::from_millis(100);

    let config = ControllerConfig { framing: Framing::Sony, ..ControllerConfig::default() };
    let mut client = Controller::new(model(Quirks::default()), config);
    client.drive(SimTime::ZERO, Drive { pan_code: 3, tilt_code: 0 });
    while !matches!(client.poll_output(), ControllerOutput::WaitUntil(_)) {}
    let reset = [0x02, 0x01, 0, 1, 0, 0, 0, 0, 1];
    client.handle_input(ControllerInput::Bytes { at: SimTime::from_millis(20), bytes: &reset });
    client.inquire(SimTime::from_millis(60), Inquiry::PanTilt);
    while !matches!(client.poll_output(), ControllerOutput::WaitUntil(_)) {}
    client.handle_input(ControllerInput::Bytes { at, bytes });
    for _ in 0..OUTPUTS_MAX {
        if let ControllerOutput::WaitUntil(wake) = client.poll_output() {
            assert!(wake.is_none_or(|wake| wake > at));
            break;
        }
    }
    assert!(matches!(client.poll_output(), ControllerOutput::WaitUntil(_)), "it has no end");

    let mut camera = Device::new(model(Quirks::default()), Address::ONE);
    camera.handle_input(DeviceInput::Bytes { at, from: Peer { number: 0, framing: Framing::Sony }, bytes });
    for _ in 0..OUTPUTS_MAX {
        if matches!(camera.poll_output(), DeviceOutput::WaitUntil(_)) {
            break;
        }
    }
    assert!(matches!(camera.poll_output(), DeviceOutput::WaitUntil(_)), "it has no end");
}
