//! What holds of the two sockets whatever several controllers ask for: a number is given once at a time, is given back
//! to whom it was given, and nobody waits for ever.

use proptest::prelude::*;

use super::*;
use crate::{Corner, Focus, FocusSwitch, Limit, Memory};

/// Commands of all kinds, but interface clear, which empties the sockets without a word.
const COMMANDS: [Command; 18] = [
    DRIVE,
    HEAD_STOP,
    MOVE,
    ZOOM_MOVE,
    Command::ZoomTele,
    Command::Zoom(ZoomDrive::Stop),
    Command::Home,
    Command::Relative { speed: MoveSpeed { pan_code: 3, tilt_code: 3 }, pan_units: 40, tilt_units: -20 },
    Command::Focus(Focus::Switch(FocusSwitch::Toggle)),
    Command::Focus(Focus::Direct(0x5000)),
    Command::Focus(Focus::Stop),
    Command::Memory(Memory::Set(1)),
    Command::Memory(Memory::Recall(1)),
    Command::Power { on: true },
    Command::Power { on: false },
    Command::Cancel { socket: 1 },
    Command::Cancel { socket: 2 },
    Command::Limit(Limit::Set { corner: Corner::UpRight, pan_units: 300, tilt_units: 200 }),
];

/// What happens next: a command of a controller, or a motor that arrives.
#[derive(Clone, Debug)]
enum Step {
    Say { who: u8, what: usize },
    Arrive(Motor),
}

fn steps() -> impl Strategy<Value = Vec<(u64, Step)>> {
    let say = (0_u8..3, 0..COMMANDS.len()).prop_map(|(who, what)| Step::Say { who, what });
    let arrive = prop_oneof![Just(Motor::PanTilt), Just(Motor::Zoom)].prop_map(Step::Arrive);
    prop::collection::vec((0_u64..40, prop_oneof![6 => say, 1 => arrive]), 0..120)
}

fn quirks() -> impl Strategy<Value = Quirks> {
    (any::<bool>(), any::<bool>(), prop_oneof![Just(0_u64), Just(17), Just(40)], prop_oneof![Just(0_u64), Just(300)])
        .prop_map(|(drive_ends_move, cancels, cycle, init)| Quirks {
            drive_ends_move,
            cancels,
            v_cycle: core::time::Duration::from_millis(cycle),
            initialises_for: core::time::Duration::from_millis(init),
            ..Quirks::default()
        })
}

/// Who has which socket, as the replies say.
#[derive(Default)]
struct Book([Option<u8>; 2]);

impl Book {
    fn note(&mut self, to: u8, bytes: &[u8]) -> Result<(), TestCaseError> {
        let (kind, socket) = (bytes[1] & 0xF0, bytes[1] & 0x0F);
        let place = |socket: u8| usize::from(socket) - 1;
        match (kind, socket, bytes[2]) {
            (0x40, 1 | 2, _) => {
                prop_assert_eq!(self.0[place(socket)], None, "socket {} is given while it is taken", socket);
                self.0[place(socket)] = Some(to);
            }
            (0x50, 1 | 2, _) | (0x60, 1 | 2, 0x04) => {
                prop_assert_eq!(self.0[place(socket)], Some(to), "socket {} ends for whom it did not begin", socket);
                self.0[place(socket)] = None;
            }
            (0x60, ..) => {}
            _ => prop_assert!(false, "no camera says {bytes:02X?}"),
        }
        Ok(())
    }

    fn drain(&mut self, camera: &mut Device) -> Result<(), TestCaseError> {
        loop {
            match camera.poll_output() {
                DeviceOutput::Transmit { to, datagram } => self.note(to.number, datagram.as_bytes())?,
                DeviceOutput::Event(_) => {}
                DeviceOutput::WaitUntil(_) => return Ok(()),
            }
        }
    }

    /// Time goes on, and whatever is due on the way is done in its time.
    fn advance(&mut self, camera: &mut Device, to: SimTime) -> Result<(), TestCaseError> {
        while let DeviceOutput::WaitUntil(Some(due)) = camera.poll_output() {
            if due > to {
                break;
            }
            camera.handle_input(DeviceInput::Tick { at: due });
            self.drain(camera)?;
        }
        Ok(())
    }
}

proptest! {
    #[test]
    fn a_socket_is_given_once_and_given_back(quirks in quirks(), steps in steps()) {
        let mut model = model();
        model.quirks = quirks;
        let dialect = model.quirks.dialect();
        let mut camera = Device::new(model, Address::ONE);
        let mut book = Book::default();
        let mut now = 0;
        for (wait, step) in steps {
            now += wait;
            book.advance(&mut camera, ms(now))?;
            match step {
                Step::Say { who, what } => {
                    let from = Peer { number: who, framing: Framing::Datagrams };
                    let frame = COMMANDS[what].encode(Address::ONE, dialect);
                    camera.handle_input(DeviceInput::Bytes { at: ms(now), from, bytes: frame.as_bytes() });
                }
                Step::Arrive(motor) => camera.motion_done(ms(now), motor),
            }
            book.drain(&mut camera)?;
            prop_assert_eq!(book.0.iter().flatten().count(), camera.sockets.busy());
        }
        // Once both motors have arrived, and the focus and the power by themselves, nobody waits.
        book.advance(&mut camera, ms(now + 10_000))?;
        for motor in [Motor::PanTilt, Motor::Zoom] {
            camera.motion_done(ms(now + 10_000), motor);
            book.drain(&mut camera)?;
        }
        prop_assert_eq!(book.0, [None, None]);
        prop_assert_eq!(camera.poll_output(), DeviceOutput::WaitUntil(None), "nothing is left to do");
    }
}
