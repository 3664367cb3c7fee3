//! The same numbers for Prometheus, in the text of OpenMetrics.

use core::fmt;
use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Registry, Unit};

use super::reading::Reading;
use super::shared::Shared;
use crate::run::live::{Quantiles, Status};
use crate::stack::Phase;

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Numbers for Prometheus
#[utoipa::path(
    get, path = "/metrics", operation_id = "metrics", tag = "health",
    responses(
        (status = 200, description = "OpenMetrics 1.0", body = String, content_type = "application/openmetrics-text"),
    )
)]
pub(super) async fn metrics(State(shared): State<Arc<Shared>>) -> Response {
    let mut registry = Registry::with_prefix("tiltyard");
    let reading = shared.tick().map(|tick| Reading::new(tick, shared.now()));
    registry.register_collector(Box::new(Numbers { status: shared.status(), reading }));
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = encode(&mut text, &registry);
    ([(CONTENT_TYPE, OPENMETRICS), (CACHE_CONTROL, "no-store")], text).into_response()
}

/// All of one moment.
#[derive(Debug)]
struct Numbers {
    status: Arc<Status>,
    reading: Option<Reading>,
}

impl Collector for Numbers {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let Self { status, reading } = self;
        let ticks = reading.as_ref().map_or(0, |reading| reading.tick.sequence);
        for (name, help, count) in [
            ("frames_captured", "Frames that came", status.captured),
            ("frames_decided", "Frames that were decided on", status.decided),
            ("frames_dropped", "Frames overwritten before anybody looked", status.dropped),
            ("frames_stale", "Frames that came after a newer one", status.stale),
            ("metadata_ticks", "Metadata ticks published", ticks),
            ("watchdog_alarms", "Alarms of the watchdog", status.alarms),
            ("stops", "Stops begun by the dead-man and whoever tripped it", status.stops),
            ("stops_proved", "Stops that were proved", status.stops_proved),
            ("visca_messages_sent", "VISCA messages of the stack that left or were withheld", status.commands_sent),
            ("visca_messages_withheld", "Of these, those that were withheld", status.commands_withheld),
            ("visca_messages_lost", "VISCA messages without a reply in time", status.commands_lost),
        ] {
            let counter = ConstCounter::new(count);
            counter.encode(encoder.encode_descriptor(name, help, None, counter.metric_type())?)?;
        }
        for (name, help, so) in [
            ("armed", "Motion commands may leave", status.armed),
            ("alarm", "The watchdog finds something wrong", status.alarm.is_some()),
            ("held", "No command leaves", status.held.is_some()),
            ("stands", "The camera is proved to stand still, and held", status.stands),
        ] {
            gauge(&mut encoder, name, help, None, f64::from(so))?;
        }
        gauge(&mut encoder, "running", "Time since the start", Some(&Unit::Seconds), status.running_s)?;
        quantiles(&mut encoder, "frame_age", "Age of the frames when they were taken", status.age)?;
        quantiles(&mut encoder, "loop_latency", "From exposure to decision", status.loop_latency)?;
        phase(&mut encoder, status.phase)?;
        let Some(reading) = reading else { return Ok(()) };
        let age_s = reading.tick_age_ms as f64 * 1e-3;
        gauge(&mut encoder, "tick_age", "Time since the last decision", Some(&Unit::Seconds), age_s)?;
        if let Some(coverage) = reading.tick.coverage {
            gauge(
                &mut encoder,
                "coverage",
                "Larger side ratio of the target",
                Some(&Unit::Other("ratio".to_owned())),
                coverage,
            )?;
        }
        if let Some([pan, tilt]) = reading.tick.error_deg {
            let unit = Unit::Other("degrees".to_owned());
            let mut family =
                encoder.encode_descriptor("error", "Target less optical axis", Some(&unit), MetricType::Gauge)?;
            for (axis, value) in [("pan", pan), ("tilt", tilt)] {
                ConstGauge::new(value).encode(family.encode_family(&[("axis", axis)])?)?;
            }
        }
        Ok(())
    }
}

fn gauge(encoder: &mut DescriptorEncoder, name: &str, help: &str, unit: Option<&Unit>, value: f64) -> fmt::Result {
    let gauge = ConstGauge::new(value);
    gauge.encode(encoder.encode_descriptor(name, help, unit, gauge.metric_type())?)
}

/// Those that there are; a quantile of nothing is no zero.
fn quantiles(encoder: &mut DescriptorEncoder, name: &str, help: &str, found: Quantiles) -> fmt::Result {
    let Quantiles { p50_ms, p95_ms, p99_ms } = found;
    let mut family = encoder.encode_descriptor(name, help, Some(&Unit::Seconds), MetricType::Gauge)?;
    for (quantile, ms) in [("0.5", p50_ms), ("0.95", p95_ms), ("0.99", p99_ms)] {
        if let Some(ms) = ms {
            ConstGauge::new(ms * 1e-3).encode(family.encode_family(&[("quantile", quantile)])?)?;
        }
    }
    Ok(())
}

fn phase(encoder: &mut DescriptorEncoder, now: Phase) -> fmt::Result {
    let help = "What the stack believes about its target: one of these is 1";
    let mut family = encoder.encode_descriptor("phase", help, None, MetricType::Gauge)?;
    for phase in Phase::ALL {
        let so = ConstGauge::new(u32::from(phase == now));
        so.encode(family.encode_family(&[("phase", phase.name())])?)?;
    }
    Ok(())
}
