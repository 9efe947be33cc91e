//! The page of the active challenge in a real browser.

use std::collections::HashMap;
use std::io::Cursor;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::VerifyingKey;
use image::{ImageFormat, RgbImage};
use ostiary::config::{Config, Place};
use ostiary::http::api::keys::Scope;
use ostiary::http::api::sessions::random_seed;
use ostiary::vision::{Analyser, DetectorChoice, VisionOptions};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::browser::{self, Browser, FakeCamera};
use crate::contract;
use crate::decentro;
use crate::puppet::{AHEAD, Head, Pose, framed};
use crate::receiver::Receiver;
use crate::server::{TestServer, root, sample, told};

/// A challenge without a blink: turn left, come closer, look up.
const SEED: [u8; 32] = [9; 32];
/// On a machine with too much to do a frame may come so late that the face counts as lost.
const ATTEMPTS: usize = 3;
/// Two browsers at a time are too much for a small machine.
static BROWSER: Mutex<()> = Mutex::const_new(());

/// 640 x 480 with a face of about 190 pixels.
fn frame(analyser: &mut Analyser) -> RgbImage {
    let portrait = image::open(root("tests/samples/obama.jpg"))
        .unwrap()
        .into_rgb8();
    let face = analyser.detect(&portrait).unwrap()[0].bounds;
    framed(&portrait, &face, [640, 480], 190.0)
}

fn jpeg(picture: &RgbImage) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, ImageFormat::Jpeg).unwrap();
    file.into_inner()
}

/// What the puppet does at each instruction: half way, then all the way.
fn performance() -> HashMap<&'static str, [Vec<u8>; 2]> {
    let options = VisionOptions {
        threads: 1,
        detector: DetectorChoice::ShortRange,
    };
    let mut analyser = Analyser::load(&root("models"), &options).unwrap();
    let frame = frame(&mut analyser);
    let face = analyser.detect(&frame).unwrap()[0];
    let mesh = analyser.landmarks(&frame, &face).unwrap();
    let head = Head::new(frame, &mesh);
    let show = |pose| jpeg(&head.picture(pose));
    let yaw = |yaw| show(Pose { yaw, ..AHEAD });
    let pitch = |pitch| show(Pose { pitch, ..AHEAD });
    let size = |size| show(Pose { size, ..AHEAD });
    HashMap::from([
        ("look_here", [show(AHEAD), show(AHEAD)]),
        ("turn_left", [yaw(12.0), yaw(30.0)]),
        ("turn_right", [yaw(-12.0), yaw(-30.0)]),
        ("look_up", [pitch(12.0), pitch(22.0)]),
        ("come_closer", [size(1.15), size(1.35)]),
    ])
}

/// Where the board is: the browser doesn't tell.
fn in_bangalore(config: &mut Config) {
    config.api.place = Some(Place {
        latitude: 12.978_980_8,
        longitude: 77.643_832_7,
    });
}

/// A page that is open in a browser with a camera.
struct Stage {
    server: TestServer,
    headers: reqwest::header::HeaderMap,
    transaction: String,
    page: String,
    terms: Value,
}

impl Stage {
    /// `afterwards` is the order's field that says where the outcome goes, and the path there.
    async fn open(server: TestServer, (afterwards, host, path): (&str, &str, &str)) -> Self {
        let key = server.key("desk", &[Scope::Verify]);
        let headers = crate::decentro::headers(&key);
        let terms = json!({"reference_id": "page", "consent": true, "purpose": "test"});
        let mut order = terms.clone();
        order[afterwards] = json!(format!("http://{host}{path}"));
        order["face_image_base64s"] = json!([STANDARD.encode(sample("obama2.jpg"))]);
        let path = "/v2/kyc/forensics/active_video_liveness/initiate";
        let request = server.client().post(server.url(path)).json(&order);
        let (status, opened) = told(request.headers(headers.clone()).send().await.unwrap()).await;
        assert_eq!(status, 200, "{opened}");
        Self {
            transaction: opened["decentroTxnId"].as_str().unwrap().to_owned(),
            page: opened["videoLivenessUrl"].as_str().unwrap().to_owned(),
            server,
            headers,
            terms,
        }
    }

    /// Opens the page and presses its button.
    async fn begin(&self, browser: &Browser) {
        browser.go(&self.page).await;
        browser
            .until("!document.getElementById('start').hidden")
            .await;
        browser
            .value("document.getElementById('start').click()")
            .await;
    }

    async fn state(&self) -> Value {
        let url = format!("{}/state", self.page);
        told(self.server.client().get(url).send().await.unwrap())
            .await
            .1
    }

    /// Plays the person until the challenge has ended; a picture stays as it is.
    async fn play(&self, camera: &FakeCamera, acts: Option<&HashMap<&str, [Vec<u8>; 2]>>) -> Value {
        let (mut asked, mut half_way) = (String::new(), false);
        for _ in 0..400 {
            let state = self.state().await;
            if state["stage"] == "finished" {
                return state;
            }
            if let (Some(acts), Some(instruction)) = (acts, state["instruction"].as_str()) {
                half_way = instruction != asked && !half_way;
                asked = instruction.to_owned();
                let act = acts.get(instruction).expect("a seed without a blink");
                camera.show(&act[usize::from(!half_way)]);
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        panic!("the challenge never ended");
    }

    async fn public_key(&self) -> VerifyingKey {
        let url = self.server.url("/v2/face-recognition/public-key");
        let (_, key) = told(self.server.client().get(url).send().await.unwrap()).await;
        let digits = key["publicKey"].as_str().unwrap();
        let byte = |i| u8::from_str_radix(&digits[2 * i..2 * i + 2], 16).unwrap();
        VerifyingKey::from_bytes(&std::array::from_fn(byte)).unwrap()
    }

    async fn results(&self) -> Value {
        let path = format!(
            "/v2/kyc/forensics/active_video_liveness/{}",
            self.transaction
        );
        let request = self.server.client().post(self.server.url(&path));
        let request = request.headers(self.headers.clone()).json(&self.terms);
        let (status, results) = told(request.send().await.unwrap()).await;
        assert_eq!(status, 200, "{results}");
        contract::hold(&results, &decentro::results());
        results["data"].clone()
    }
}

#[tokio::test]
async fn a_person_who_follows_the_instructions_passes() {
    if !browser::is_installed() {
        return;
    }
    let _alone = BROWSER.lock().await;
    let acts = performance();
    let largest = acts.values().flatten().map(Vec::len).max().unwrap();
    let camera = FakeCamera::new(&acts["look_here"][0], largest);
    let browser = Browser::open(&camera).await;
    let mut told = Vec::new();
    for _ in 0..ATTEMPTS {
        let server = TestServer::start_alone(in_bangalore, || Ok(SEED));
        let host = server.host();
        let redirect = ("redirect_url", host.as_str(), "/media/elsewhere?a=1");
        let stage = Stage::open(server, redirect).await;
        camera.show(&acts["look_here"][0]);
        stage.begin(&browser).await;
        let state = stage.play(&camera, Some(&acts)).await;
        let results = stage.results().await;
        if state["passed"] == true {
            assert_eq!(results["staticRisk"], "false");
            assert_eq!(results["prerecordedRisk"], "false");
            let place = json!({"latitude": "12.9789808", "longitude": "77.6438327"});
            assert_eq!(results["geoLocation"], place);
            let matched = &results["videoFaceMatchResults"][0];
            assert!(
                matched["results"]["matchScore"].as_f64() > Some(75.0),
                "{matched}"
            );
            assert_ne!(matched["finalMatchImage"], "");
            browser
                .until("location.pathname == '/media/elsewhere'")
                .await;
            let query = browser.value("location.search").await;
            assert_eq!(query, format!("?a=1&decentroTxnId={}", stage.transaction));
            return browser.close().await;
        }
        told.push(results);
    }
    browser.close().await;
    panic!("not passed in {ATTEMPTS} attempts: {told:?}");
}

#[tokio::test]
async fn a_still_picture_is_refused_and_the_caller_told() {
    if !browser::is_installed() {
        return;
    }
    let _alone = BROWSER.lock().await;
    let picture = &performance()["look_here"][0];
    let camera = FakeCamera::new(picture, picture.len());
    let browser = Browser::open(&camera).await;
    let mut receiver = Receiver::start().await;
    let allow = |config: &mut Config| {
        config.api.allowed_hosts.push(receiver.host.clone());
        in_bangalore(config);
    };
    let server = TestServer::start_alone(allow, random_seed);
    let stage = Stage::open(server, ("callback_url", &receiver.host, "/done")).await;
    stage.begin(&browser).await;
    let state = stage.play(&camera, None).await;
    assert_eq!(state["passed"], false);
    let results = stage.results().await;
    assert_eq!(results["liveliness"], "no");
    // It is told once more, since the first answer was an error.
    let key = stage.public_key().await;
    let [first, again] = [receiver.call().await, receiver.call().await];
    for call in [&first, &again] {
        assert!(call.is_signed_by(&key));
        assert_eq!(call.header("content-type"), "application/json");
    }
    assert_eq!(first.body, again.body);
    let told: Value = serde_json::from_slice(&first.body).unwrap();
    assert_eq!(told["decentroTxnId"], stage.transaction.as_str());
    assert_eq!(told["data"]["liveliness"], results["liveliness"]);
    browser
        .until("document.body.dataset.outcome == 'failed'")
        .await;
    browser.close().await;
}
