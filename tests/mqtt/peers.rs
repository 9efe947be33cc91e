//! Who the door is tested against: an observer, and a Mosquitto of our own.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use ostiary::telemetry::{DecisionMessage, StatusMessage};
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Packet, Publish};
use rumqttc::v5::{Client, Connection, Event, MqttOptions};
use tempfile::TempDir;

use super::{LIMIT, number, wait_until};

/// Subscribed to one topic. Its session outlives a restart of the broker.
pub struct Observer {
    pub client: Client,
    pub connection: Connection,
}

impl Observer {
    pub fn new(port: u16, name: &str, topic: &str) -> Self {
        let mut options = MqttOptions::new(name, "127.0.0.1", port);
        options
            .set_clean_start(false)
            .set_session_expiry_interval(Some(600));
        let (client, connection) = Client::new(options, 10);
        client.subscribe(topic, QoS::AtLeastOnce).unwrap();
        let mut observer = Self { client, connection };
        observer
            .packet(LIMIT, |packet| matches!(packet, Packet::SubAck(_)))
            .expect("subscribed");
        observer
    }

    pub fn packet(&mut self, limit: Duration, wanted: impl Fn(&Packet) -> bool) -> Option<Packet> {
        let end = Instant::now() + limit;
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            match self.connection.recv_timeout(left) {
                Ok(Ok(Event::Incoming(packet))) if wanted(&packet) => return Some(packet),
                Ok(Err(_)) => sleep(Duration::from_millis(50)),
                _ => {}
            }
        }
        None
    }

    pub fn publish(&mut self, topic: &str, payload: &str) {
        self.client
            .publish(topic, QoS::AtLeastOnce, false, payload.to_owned())
            .unwrap();
        self.packet(LIMIT, |packet| matches!(packet, Packet::PubAck(_)))
            .expect("published");
    }

    pub fn message(&mut self, limit: Duration) -> Option<Publish> {
        match self.packet(limit, |packet| matches!(packet, Packet::Publish(_)))? {
            Packet::Publish(publish) => Some(publish),
            _ => None,
        }
    }

    pub fn status(&mut self) -> (Publish, StatusMessage) {
        let publish = self.message(LIMIT).expect("a status");
        let status = serde_json::from_slice(&publish.payload).unwrap();
        (publish, status)
    }

    /// Decisions up to the one of number `last`, repeated deliveries left out.
    pub fn decisions_up_to(&mut self, last: u32) -> Vec<DecisionMessage> {
        let mut decisions: Vec<DecisionMessage> = Vec::new();
        while decisions.last().map(number) != Some(last) {
            let publish = self
                .message(LIMIT)
                .unwrap_or_else(|| panic!("decision {last} comes after {decisions:?}"));
            let message: DecisionMessage = serde_json::from_slice(&publish.payload).unwrap();
            if decisions.iter().all(|known| known.id != message.id) {
                decisions.push(message);
            }
        }
        decisions
    }
}

/// A Mosquitto of our own on a loopback port, stopped on drop.
pub struct Mosquitto {
    pub dir: TempDir,
    pub port: u16,
    pub child: Child,
}

impl Mosquitto {
    pub fn program() -> Option<PathBuf> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let program = std::env::split_paths(&path)
            .chain([PathBuf::from("/usr/sbin")])
            .map(|dir| dir.join("mosquitto"))
            .find(|program| program.is_file());
        if program.is_none() {
            println!("skipped: mosquitto is not installed");
        }
        program
    }

    /// `None` if Mosquitto is not installed. `listener` is added to the configuration.
    pub fn start(listener: &str) -> Option<Self> {
        let program = Self::program()?;
        let dir = tempfile::tempdir().unwrap();
        let port = free_port();
        let config = format!(
            "user root\npersistence true\npersistence_location {dir}/\n\
             listener {port} 127.0.0.1\nallow_anonymous true\n{listener}\n",
            dir = dir.path().display(),
        );
        std::fs::write(dir.path().join("mosquitto.conf"), config).unwrap();
        let child = Self::run(&program, dir.path(), port);
        Some(Self { dir, port, child })
    }

    pub fn run(program: &Path, dir: &Path, port: u16) -> Child {
        let child = Command::new(program)
            .arg("-c")
            .arg(dir.join("mosquitto.conf"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        wait_until("mosquitto answers", || {
            TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
        });
        child
    }

    /// Asks it to end, so that it keeps sessions and retained messages on disk.
    pub fn stop(&mut self) {
        let pid = self.child.id().to_string();
        Command::new("kill").arg(pid).status().unwrap();
        let child = &mut self.child;
        wait_until("mosquitto ends", || child.try_wait().unwrap().is_some());
    }

    pub fn start_again(&mut self) {
        self.child = Self::run(&Self::program().unwrap(), self.dir.path(), self.port);
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}
