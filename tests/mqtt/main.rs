//! The MQTT client against real brokers: Mosquitto, if it is installed, and the one the demo embeds.

mod panel;
mod peers;

use std::io::Read;
use std::net::{Ipv4Addr, TcpListener};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use ostiary::domain::SubjectId;
use ostiary::telemetry::{
    ComparisonKind, DecisionMessage, DeviceState, EmbeddedBroker, Mqtt, MqttConfig, Outbox,
    TlsConfig, Version,
};
use rumqttc::v5::mqttbytes::QoS;
use time::UtcDateTime;

use peers::{Mosquitto, Observer, free_port};

/// Everything a broker has to do takes milliseconds; only a reconnect waits for seconds.
const LIMIT: Duration = Duration::from_secs(20);
const DECISIONS: &str = "ostiary/door/decision";
const STATUS: &str = "ostiary/door/status";
const CLAIM: &str = "ostiary/door/command/claim";

fn decision(number: u32, decided_at: UtcDateTime) -> DecisionMessage {
    DecisionMessage {
        v: Version,
        id: format!("{number:032x}"),
        device: "door".into(),
        decided_at,
        verdict: "denied".into(),
        reason: "unknown".into(),
        subject: None,
        comparison: ComparisonKind::Identification,
        similarity: Some(0.1),
        cosine: Some(0.2),
        pad_score: None,
        quality: Some(80),
        frames: 3,
        latency_ms: 500,
        delayed: false,
    }
}

fn number(message: &DecisionMessage) -> u32 {
    u32::from_str_radix(&message.id, 16).unwrap()
}

fn outbox(dir: &Path) -> Outbox {
    Outbox::open(&dir.join("outbox.db"), NonZeroU32::new(1000).unwrap()).unwrap()
}

fn config(port: u16) -> MqttConfig {
    MqttConfig {
        host: "127.0.0.1".into(),
        port,
        device: "door".parse().unwrap(),
        client_id: "door".into(),
        credentials: None,
        tls: None,
        keep_alive: Duration::from_secs(30),
    }
}

/// A door connected to the broker on `port`, with its outbox in `dir`.
fn door(port: u16, dir: &Path) -> Mqtt {
    let mqtt = Mqtt::spawn(config(port), outbox(dir), |_| {}).unwrap();
    wait_until("the door is connected", || mqtt.is_connected());
    mqtt
}

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < LIMIT, "not in time: {what}");
        sleep(Duration::from_millis(10));
    }
}

fn decisions_are_not_retained(port: u16) {
    let dir = tempfile::tempdir().unwrap();
    let mut early = Observer::new(port, "early", DECISIONS);
    let mqtt = door(port, dir.path());
    mqtt.send(decision(1, UtcDateTime::now())).unwrap();
    let publish = early.message(LIMIT).expect("the decision");
    assert_eq!((publish.qos, publish.retain), (QoS::AtLeastOnce, false));
    let message: DecisionMessage = serde_json::from_slice(&publish.payload).unwrap();
    assert_eq!((number(&message), message.delayed), (1, false));

    let mut late = Observer::new(port, "late", DECISIONS);
    assert_eq!(late.message(Duration::from_millis(300)), None);
    wait_until("the outbox is empty", || mqtt.outbox().is_empty().unwrap());
    mqtt.shutdown(LIMIT).unwrap();
}

fn the_status_is_retained_and_the_last_will_says_offline(port: u16) {
    let dir = tempfile::tempdir().unwrap();
    let mqtt = door(port, dir.path());
    let mut first = Observer::new(port, "first", STATUS);
    let (_, status) = first.status();
    assert_eq!(status.state, DeviceState::Online);
    mqtt.state(DeviceState::OutOfService);
    assert_eq!(first.status().1.state, DeviceState::OutOfService);

    let mut second = Observer::new(port, "second", STATUS);
    let (publish, status) = second.status();
    assert!(publish.retain);
    assert_eq!(status.state, DeviceState::OutOfService);
    assert!(status.since.is_some());

    drop(mqtt);
    let (_, status) = second.status();
    assert_eq!((status.state, status.since), (DeviceState::Offline, None));
    let mut third = Observer::new(port, "third", STATUS);
    assert_eq!(third.status().1.state, DeviceState::Offline);
}

fn an_orderly_end_delivers_and_says_offline(port: u16) {
    let dir = tempfile::tempdir().unwrap();
    let mut statuses = Observer::new(port, "statuses", STATUS);
    let mut decisions = Observer::new(port, "decisions", DECISIONS);
    let mqtt = door(port, dir.path());
    for number in 1..=50 {
        mqtt.send(decision(number, UtcDateTime::now())).unwrap();
    }
    mqtt.shutdown(LIMIT).unwrap();
    assert!(outbox(dir.path()).is_empty().unwrap());
    let numbers: Vec<u32> = decisions.decisions_up_to(50).iter().map(number).collect();
    assert_eq!(numbers, (1..=50).collect::<Vec<_>>());
    let states = std::iter::repeat_with(|| statuses.status().1);
    let offline = states
        .take(3)
        .find(|status| status.state == DeviceState::Offline);
    assert!(offline.expect("an offline status").since.is_some());
}

fn claims_come_in(port: u16) {
    let dir = tempfile::tempdir().unwrap();
    let (claimed, claims) = mpsc::channel::<SubjectId>();
    let mqtt = Mqtt::spawn(config(port), outbox(dir.path()), move |subject| {
        claimed.send(subject).unwrap();
    })
    .unwrap();
    wait_until("the door is connected", || mqtt.is_connected());
    let mut reader = Observer::new(port, "badge-reader", STATUS);
    reader.publish(CLAIM, "open the door");
    reader.publish(CLAIM, r#"{"v":1,"subject":"../17"}"#);
    reader.publish(CLAIM, r#"{"v":1,"subject":"17"}"#);
    assert_eq!(claims.recv_timeout(LIMIT).unwrap().as_str(), "17");
    assert!(claims.try_recv().is_err());
    mqtt.shutdown(LIMIT).unwrap();
}

#[test]
fn mosquitto_retains_no_decision() {
    if let Some(broker) = Mosquitto::start("") {
        decisions_are_not_retained(broker.port);
    }
}

#[test]
fn mosquitto_retains_the_status() {
    if let Some(broker) = Mosquitto::start("") {
        the_status_is_retained_and_the_last_will_says_offline(broker.port);
    }
}

#[test]
fn mosquitto_gets_everything_before_an_orderly_end() {
    if let Some(broker) = Mosquitto::start("") {
        an_orderly_end_delivers_and_says_offline(broker.port);
    }
}

#[test]
fn mosquitto_brings_claims() {
    if let Some(broker) = Mosquitto::start("") {
        claims_come_in(broker.port);
    }
}

#[test]
fn the_embedded_broker_retains_no_decision() {
    decisions_are_not_retained(EmbeddedBroker::start().unwrap().port());
}

#[test]
fn the_embedded_broker_retains_the_status() {
    let port = EmbeddedBroker::start().unwrap().port();
    the_status_is_retained_and_the_last_will_says_offline(port);
}

#[test]
fn the_embedded_broker_gets_everything_before_an_orderly_end() {
    an_orderly_end_delivers_and_says_offline(EmbeddedBroker::start().unwrap().port());
}

#[test]
fn the_embedded_broker_brings_claims() {
    claims_come_in(EmbeddedBroker::start().unwrap().port());
}

#[test]
fn a_broker_that_was_away_gets_every_decision_in_order() {
    let Some(mut broker) = Mosquitto::start("") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let mut observer = Observer::new(broker.port, "observer", DECISIONS);
    let mqtt = door(broker.port, dir.path());
    for number in 1..=5 {
        mqtt.send(decision(number, UtcDateTime::now())).unwrap();
    }
    assert_eq!(observer.decisions_up_to(5).len(), 5);
    wait_until("the outbox is empty", || mqtt.outbox().is_empty().unwrap());

    broker.stop();
    wait_until("the loss is noticed", || !mqtt.is_connected());
    let a_minute_ago = UtcDateTime::now() - time::Duration::MINUTE;
    for number in 6..=40 {
        mqtt.send(decision(number, a_minute_ago)).unwrap();
    }
    broker.start_again();
    let mut decisions = observer.decisions_up_to(40);
    // The broker repeats what the observer itself had not acknowledged in time.
    decisions.retain(|message| number(message) > 5);
    let numbers: Vec<u32> = decisions.iter().map(number).collect();
    assert_eq!(numbers, (6..=40).collect::<Vec<_>>());
    assert!(decisions.iter().all(|message| message.delayed));

    mqtt.send(decision(41, UtcDateTime::now())).unwrap();
    assert!(!observer.decisions_up_to(41)[0].delayed);
    wait_until("the outbox is empty", || mqtt.outbox().is_empty().unwrap());
    mqtt.shutdown(LIMIT).unwrap();
}

#[test]
fn a_door_that_was_away_delivers_what_it_had() {
    let Some(broker) = Mosquitto::start("") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let unreachable = Mqtt::spawn(config(free_port()), outbox(dir.path()), |_| {}).unwrap();
    for number in 1..=3 {
        unreachable
            .send(decision(number, UtcDateTime::now()))
            .unwrap();
    }
    drop(unreachable);
    let mut observer = Observer::new(broker.port, "observer", DECISIONS);
    let mqtt = door(broker.port, dir.path());
    assert_eq!(observer.decisions_up_to(3).len(), 3);
    mqtt.shutdown(LIMIT).unwrap();
    assert!(outbox(dir.path()).is_empty().unwrap());
}

#[test]
fn a_broker_that_never_answers_holds_up_nobody() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let port = listener.local_addr().unwrap().port();
    let mqtt = Mqtt::spawn(config(port), outbox(dir.path()), |_| {}).unwrap();
    let (mut silent, _) = listener.accept().unwrap();
    silent.read_exact(&mut [0]).unwrap();
    let started = Instant::now();
    mqtt.send(decision(1, UtcDateTime::now())).unwrap();
    mqtt.shutdown(Duration::from_millis(200)).unwrap();
    assert!(started.elapsed() < Duration::from_secs(3));
    assert_eq!(outbox(dir.path()).len().unwrap(), 1);
}

#[test]
fn tls_trusts_only_the_given_ca() {
    if Mosquitto::program().is_none() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let Some((ca, listener)) = certificates(dir.path()) else {
        println!("skipped: openssl is not installed");
        return;
    };
    let Some(broker) = Mosquitto::start(&listener) else {
        return;
    };
    let mut config = config(broker.port);
    config.host = "localhost".into();
    config.tls = Some(TlsConfig { ca_file: ca });
    let mqtt = Mqtt::spawn(config.clone(), outbox(dir.path()), |_| {}).unwrap();
    wait_until("connected over TLS", || mqtt.is_connected());
    mqtt.send(decision(1, UtcDateTime::now())).unwrap();
    mqtt.shutdown(LIMIT).unwrap();
    assert!(outbox(dir.path()).is_empty().unwrap());

    let other = tempfile::tempdir().unwrap();
    let (ca_file, _) = certificates(other.path()).unwrap();
    config.tls = Some(TlsConfig { ca_file });
    let mqtt = Mqtt::spawn(config, outbox(other.path()), |_| {}).unwrap();
    sleep(Duration::from_millis(500));
    assert!(!mqtt.is_connected());
}

/// A CA, and Mosquitto's settings for a certificate for localhost that it signed.
fn certificates(dir: &Path) -> Option<(PathBuf, String)> {
    let openssl = |arguments: &str| {
        Command::new("openssl")
            .args(arguments.split(' '))
            .current_dir(dir)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .ok()
            .filter(|status| status.success())
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    openssl(&format!(
        "req -x509 {key} -keyout ca.key -out ca.pem -days 2 -subj /CN=ca"
    ))?;
    openssl(&format!(
        "req {key} -keyout door.key -out door.csr -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    ))?;
    std::fs::write(dir.join("extensions"), "subjectAltName=DNS:localhost\n").unwrap();
    openssl(
        "x509 -req -in door.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out door.pem -days 2 -extfile extensions",
    )?;
    let at = dir.display();
    let listener = format!("cafile {at}/ca.pem\ncertfile {at}/door.pem\nkeyfile {at}/door.key\n");
    Some((dir.join("ca.pem"), listener))
}
