//! What a [`Device`](super::Device) says of itself: the answers to inquiries, as of now.

use super::Device;
use super::mode::Phase;
use super::motion::Head;
use super::sockets::{Awaits, SOCKETS};
use crate::{Answer, Initialisation, Inquiry, LensBlock, PanTiltStatus, Power, Version};

impl Device {
    /// The answer; `None` to what it does not know.
    pub(super) fn answer(&self, inquiry: Inquiry) -> Option<Answer> {
        let (model, readings) = (&self.model, &self.readings);
        Some(match inquiry {
            Inquiry::PanTilt => Answer::PanTilt {
                pan_units: model.pan.units_of(readings.pan_deg),
                tilt_units: model.tilt.units_of(readings.tilt_deg),
            },
            Inquiry::Zoom => Answer::Zoom { units: model.zoom.units_of(readings.zoom_units) },
            Inquiry::Version => {
                let [vendor, model, rom] = model.quirks.version;
                Answer::Version(Version { vendor, model, rom, sockets: SOCKETS as u8 })
            }
            Inquiry::Power => Answer::Power(match self.phase {
                Phase::Ready | Phase::Initialising => Power::On,
                Phase::Standby => Power::Standby,
            }),
            Inquiry::PanTiltStatus => Answer::PanTiltStatus(self.pan_tilt_status()),
            Inquiry::MaxSpeed => Answer::MaxSpeed {
                pan_code: model.pan.code_max().unsigned_abs(),
                tilt_code: model.tilt.code_max().unsigned_abs(),
            },
            Inquiry::Focus => Answer::Focus { units: self.focus.units_at(self.now) as u16 },
            Inquiry::FocusMode => Answer::FocusMode(self.focus.mode()),
            Inquiry::Memory => Answer::Memory { number: self.memories.last() },
            Inquiry::Block(0) => Answer::Block { page: 0, payload: self.lens_block().payload() },
            Inquiry::Block(_) => return None,
        })
    }

    pub(super) fn motion(&self) -> Head<'_> {
        Head { model: &self.model, limits: &self.limits, readings: &self.readings }
    }

    fn pan_tilt_status(&self) -> PanTiltStatus {
        let initialisation = match self.phase {
            Phase::Ready => Initialisation::Done,
            Phase::Initialising => Initialisation::Running,
            Phase::Standby => Initialisation::None,
        };
        PanTiltStatus::new(initialisation, self.head).at_ends(self.motion().ends())
    }

    fn lens_block(&self) -> LensBlock {
        LensBlock {
            zoom_units: self.model.zoom.units_of(self.readings.zoom_units),
            focus_units: self.focus.units_at(self.now) as u16,
            focus_auto: self.focus.mode() == crate::FocusMode::Auto,
            zoom_runs: self.readings.zoom_moving || self.sockets.any_awaits(Awaits::ZOOM),
            focus_runs: self.focus.is_running(self.now),
            memory_recalls: self.sockets.any_recalls(),
        }
    }
}
