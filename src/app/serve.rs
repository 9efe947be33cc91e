//! From config and board to a served door.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;

use time::UtcDateTime;

use crate::capture;
use crate::config::{Board, Config, Detector};
use crate::domain::{Clock, Sensor, Supervision, Transaction};
use crate::door::{BadgeEvent, BadgeReader, SensorEvent, SensorThread};
use crate::http::api::enrolments::AskDoor;
use crate::telemetry::{
    AccessEvent, Credentials, DeviceName, EventSink, Mqtt, MqttConfig, Secret, TelemetryError,
    TlsConfig,
};
use crate::vision::{Analyser, DetectorChoice, VisionOptions};

use super::analysis::{AnalysisThread, Surroundings};
use super::api::LocalApi;
use super::display::{LastingPanel, open_panel};
use super::enrolment_thread::{EnrolmentThread, Registry};
use super::event::{ClaimSource, Event};
use super::kiosk::{Identity, Kiosk, Outside};
use super::service::Service;
use super::verification::Priority;
use super::{AppError, Observer, State};
use super::{door, gallery, hardware, memory, site};

/// Events that may wait for the event loop; the threads that send them wait beyond that.
const QUEUE: usize = 16;
/// How soon a dead connection to the broker is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(20);
/// How long the broker may take to receive what is left at the end.
const FAREWELL: Duration = Duration::from_secs(2);

/// What a door is served with.
pub struct Serve {
    pub config: Config,
    pub board: Board,
    pub models: PathBuf,
    pub clock: Arc<dyn Clock>,
    pub observer: Box<dyn Observer>,
    /// End after so many analysed frames.
    pub max_frames: Option<u64>,
}

/// Serves the door until a signal, the end of a recording or `max_frames`.
///
/// # Errors
/// What keeps the door from being served at all; later faults are survived.
pub fn serve(serve: Serve) -> Result<(), AppError> {
    let Serve {
        config,
        board,
        models,
        clock,
        observer,
        max_frames,
    } = serve;
    let service = Service::starting();
    let state = State::new(&config.data);
    let device: DeviceName = config.device.parse()?;

    door::check_lines(&board)?;
    // The guardian first: whatever fails after it, the door is secured.
    let strike = door::guard_strike(&board)?;
    let signalling = door::open_signalling(&board)?;
    let cards = door::open_card_output(&board)?;
    state.create()?;
    let panel = {
        let (board, data) = (board.clone(), state.folder().to_owned());
        LastingPanel::new(move || open_panel(&board, &data))
    };
    let (events, inbox) = sync_channel(QUEUE);
    stop_on_signals(&events)?;

    let (api, observer): (_, Box<dyn Observer>) = if config.api.enabled {
        let (api, watch) = LocalApi::start(
            &config,
            &board,
            &models,
            Arc::clone(&clock),
            Priority::BehindTheDoor,
            Some(ask_door(&events)),
        )?;
        (Some(api), Box::new((observer, watch)))
    } else {
        (None, observer)
    };
    let options = vision_options(&board);
    let analyser = Analyser::load(&models, &options)?;
    let mut policy = config.policy;
    let camera = board.camera.identity();
    let site = site::find(&state.site_calibration(), &camera, &analyser, &policy)?;
    if let Some(site) = &site {
        policy.liveness_threshold = site.threshold();
        tracing::info!(
            camera,
            threshold = site.threshold().get(),
            "site calibration"
        );
        let (scale, audit) = (state.site_calibration(), state.audit());
        if let Some(median) = site::drifted(&scale, &audit, UtcDateTime::now())? {
            tracing::warn!("{}", site::drift_warning(median));
        }
    }
    let (gallery, watch) = gallery::load_and_watch(
        state.clone(),
        &analyser,
        Arc::new(config.hours.clone()),
        events.clone(),
    )?;
    let audit = state.open_audit()?;
    let mut sink = Sink::open(&config, &device, &state, &events)?;
    let camera = {
        let (board, clock, events) = (board.clone(), Arc::clone(&clock), events.clone());
        capture::spawn(
            move || hardware::open_camera(&board, &clock),
            move |event| send(&events, Event::Camera(event)),
        )?
    };
    let manifest = models.clone();
    let load = move || {
        let mut analyser = Analyser::load(&models, &options)?;
        analyser.preload()?;
        analyser.calibrate_liveness(site.clone())?;
        Ok(analyser)
    };
    let analysis = AnalysisThread::spawn(Surroundings {
        load: Box::new(load),
        mailbox: camera.mailbox(),
        policy,
        clock: Arc::clone(&clock),
        events: events.clone(),
    })?;
    memory::return_freed_memory();
    let (enrolment, enroller) = EnrolmentThread::spawn(Registry {
        models: manifest,
        options,
        policy,
        state,
        events: events.clone(),
    })?;
    let badge = read_badges(&board, &events)?;
    let sensors = watch_sensors(&board, &events)?;

    let transaction = Transaction::new(policy, clock.now(), random_number);
    let leaf = Supervision::new(config.door);
    let outside = Outside {
        strike,
        signalling,
        cards,
        panel: Box::new(panel),
        viewfinder: camera.mailbox(),
        audit,
        sink: &mut sink,
        enroller,
        observer,
        service,
    };
    let identity = Identity {
        device,
        language: config.language.parse()?,
    };
    let served = Kiosk::new(clock, identity, transaction, leaf, gallery, outside)
        .run(&inbox, &analysis, max_frames);

    // Without a reader no thread can hang on a full queue.
    drop(inbox);
    drop(api);
    drop(watch);
    drop(badge);
    drop(sensors);
    camera.stop();
    drop(analysis);
    drop(enrolment);
    sink.close();
    served
}

/// A full queue means that the event loop is busy: whoever asks may come back.
fn ask_door(events: &SyncSender<Event>) -> AskDoor {
    let events = events.clone();
    Box::new(move |request| events.try_send(Event::Enrolment(request)).is_ok())
}

/// For challenges, which nobody may foresee.
fn random_number() -> Option<u32> {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes)
        .inspect_err(|error| tracing::error!(%error, "the system gives no random numbers"))
        .ok()?;
    Some(u32::from_ne_bytes(bytes))
}

/// Where decisions go: the broker, if one is configured.
struct Sink(Option<Mqtt>);

impl Sink {
    fn open(
        config: &Config,
        device: &DeviceName,
        state: &State,
        events: &SyncSender<Event>,
    ) -> Result<Self, AppError> {
        let Some(mqtt) = &config.mqtt else {
            tracing::warn!("no broker is configured: decisions go to the audit log only");
            return Ok(Self(None));
        };
        let credentials = match (&mqtt.username, &mqtt.password_file) {
            (Some(username), Some(file)) => Some(Credentials {
                username: username.clone(),
                password: Secret::load(file)?,
            }),
            _ => None,
        };
        let config = MqttConfig {
            host: mqtt.host.clone(),
            port: mqtt.port,
            device: device.clone(),
            client_id: format!("ostiary-{device}"),
            credentials,
            tls: mqtt.ca_file.clone().map(|ca_file| TlsConfig { ca_file }),
            keep_alive: KEEP_ALIVE,
        };
        let events = events.clone();
        let claim = move |subject| {
            send(
                &events,
                Event::Claimed {
                    subject,
                    by: ClaimSource::Mqtt,
                },
            )
        };
        Ok(Self(Some(Mqtt::spawn(
            config,
            state.open_outbox()?,
            claim,
        )?)))
    }

    fn close(self) {
        if let Some(mqtt) = self.0
            && let Err(error) = mqtt.shutdown(FAREWELL)
        {
            tracing::warn!(%error, "the broker was not told that the door stops");
        }
    }
}

impl EventSink for Sink {
    fn publish(&mut self, event: AccessEvent) -> Result<(), TelemetryError> {
        self.0.as_mut().map_or(Ok(()), |mqtt| mqtt.publish(event))
    }

    fn reaches_broker(&self) -> Option<bool> {
        self.0.as_ref().and_then(EventSink::reaches_broker)
    }
}

fn read_badges(board: &Board, events: &SyncSender<Event>) -> Result<Option<BadgeReader>, AppError> {
    let Some(badge) = &board.badge else {
        return Ok(None);
    };
    let events = events.clone();
    let reader = BadgeReader::spawn(badge.device.clone(), move |event| match event {
        BadgeEvent::Read(subject) => send(
            &events,
            Event::Claimed {
                subject,
                by: ClaimSource::Badge,
            },
        ),
        BadgeEvent::Refused(error) => tracing::warn!(%error, "a badge was refused"),
        BadgeEvent::Lost(error) => tracing::error!(%error, "the badge reader is lost"),
        BadgeEvent::Back => tracing::info!("the badge reader is back"),
    })?;
    Ok(Some(reader))
}

/// A contact that can't be read is taken for one that was tampered with.
fn watch_sensors(
    board: &Board,
    events: &SyncSender<Event>,
) -> Result<Option<SensorThread>, AppError> {
    let inputs = door::open_sensors(board)?;
    if inputs.is_empty() {
        return Ok(None);
    }
    let events = events.clone();
    let tampered = |active| Event::Sensed {
        sensor: Sensor::Tamper,
        active,
    };
    let thread = SensorThread::spawn(inputs, move |event| match event {
        SensorEvent::Level { sensor, active } => send(&events, Event::Sensed { sensor, active }),
        SensorEvent::Lost { sensor, error } => {
            tracing::error!(?sensor, %error, "a contact can't be read");
            send(&events, tampered(true));
        }
        SensorEvent::Back(sensor) => {
            tracing::info!(?sensor, "a contact can be read again");
            send(&events, tampered(false));
        }
    })?;
    Ok(Some(thread))
}

fn stop_on_signals(events: &SyncSender<Event>) -> Result<(), AppError> {
    let events = events.clone();
    Ok(ctrlc::set_handler(move || send(&events, Event::Stop))?)
}

/// Hands an event to the loop; when that has ended there is nobody to tell.
fn send(events: &SyncSender<Event>, event: Event) {
    let _ = events.send(event);
}

pub(super) fn vision_options(board: &Board) -> VisionOptions {
    let detector = match board.analysis.detector {
        Detector::ShortRange => DetectorChoice::ShortRange,
        Detector::FullRange => DetectorChoice::FullRange,
    };
    VisionOptions {
        threads: board.analysis.threads,
        detector,
    }
}
