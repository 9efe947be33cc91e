//! What nobody should send: each gets its code, and the server lives.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use ostiary::http::api::keys::Scope;
use reqwest::RequestBuilder;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::server::{TestServer, VERIFY, sample, told, works};

/// A request, and the status and code it should get.
type Case = (&'static str, Sent, u16, &'static str);

pub enum Sent {
    Form(Vec<(&'static str, Vec<u8>)>),
    Json(Value),
    /// Content type and body.
    Raw(&'static str, Vec<u8>),
}

impl Sent {
    pub fn with(self, request: RequestBuilder) -> RequestBuilder {
        match self {
            Self::Form(fields) => {
                let form = fields
                    .into_iter()
                    .fold(Form::new(), |form, (name, content)| {
                        form.part(name, Part::bytes(content).file_name("x"))
                    });
                request.multipart(form)
            }
            Self::Json(body) => request.json(&body),
            Self::Raw(content_type, body) => {
                request.header("content-type", content_type).body(body)
            }
        }
    }
}

fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Of a PNG file that announces so many pixels and has none.
pub fn png_of(width: u32, height: u32) -> Vec<u8> {
    let mut header = b"IHDR".to_vec();
    header.extend(width.to_be_bytes());
    header.extend(height.to_be_bytes());
    header.extend([8, 2, 0, 0, 0]);
    // CRC-32 as PNG has it.
    let crc = !header.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(crc & 1))
        })
    });
    let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\x0d".to_vec();
    file.extend(header);
    file.extend(crc.to_be_bytes());
    file
}

fn cases() -> Vec<Case> {
    use Sent::{Form, Json, Raw};
    let face = sample("obama.jpg");
    let text = base64(&face);
    // Without liveness, which takes its time.
    let form = |field: &'static str, content: Vec<u8>| {
        let probe = ("probe", sample("obama.jpg"));
        vec![probe, ("liveness", b"false".to_vec()), (field, content)]
    };
    let pair = |reference: Vec<u8>| Form(form("reference", reference));
    let subject = |id: &str| Form(form("subject", id.as_bytes().to_vec()));
    let with = |field: &'static str, value: &str| {
        let mut fields = form("subject", b"44".to_vec());
        fields.retain(|(name, _)| *name != field);
        fields.push((field, value.as_bytes().to_vec()));
        Form(fields)
    };
    let probe = |probe: String| Json(json!({"probe": probe, "subject": "44"}));
    let spaced = format!("{} {}", &text[..40], &text[40..]);
    let lines = format!("{}\n{}", &text[..76], &text[76..]);
    let polyglot = [b"<html><script>alert(1)</script>".to_vec(), face.clone()].concat();
    vec![
        (
            "no content type",
            Raw("", vec![1]),
            415,
            "wrong_content_type",
        ),
        (
            "text",
            Raw("text/plain", face.clone()),
            415,
            "wrong_content_type",
        ),
        (
            "a form without a boundary",
            Raw("multipart/form-data", face.clone()),
            400,
            "malformed",
        ),
        (
            "another multipart",
            Raw("multipart/mixed; boundary=x", vec![1]),
            415,
            "wrong_content_type",
        ),
        (
            "a cut form",
            Raw(
                "multipart/form-data; boundary=x",
                b"--x\r\nContent-Disposition: form-data; name=\"probe\"\r\n\r\nabc".to_vec(),
            ),
            400,
            "malformed",
        ),
        ("no field at all", Form(vec![]), 400, "malformed"),
        (
            "no reference",
            Form(vec![("probe", face.clone())]),
            400,
            "missing_field",
        ),
        (
            "no probe",
            Form(vec![("reference", face.clone())]),
            400,
            "missing_field",
        ),
        (
            "a probe twice",
            Form(vec![("probe", face.clone()), ("probe", face.clone())]),
            400,
            "repeated_field",
        ),
        (
            "a probe twice in JSON",
            Raw(
                "application/json",
                b"{\"probe\": \"\", \"probe\": \"\"}".to_vec(),
            ),
            400,
            "repeated_field",
        ),
        (
            "no JSON",
            Raw("application/json", b"{".to_vec()),
            400,
            "malformed",
        ),
        (
            "JSON of another shape",
            Json(json!([1, 2])),
            400,
            "malformed",
        ),
        (
            "an unknown field",
            Json(json!({"probe": "", "sbuject": "44"})),
            400,
            "malformed",
        ),
        (
            "a number for a picture",
            Json(json!({"probe": 7, "subject": "44"})),
            400,
            "malformed",
        ),
        (
            "deep JSON",
            Raw("application/json", vec![b'['; 100_000]),
            400,
            "malformed",
        ),
        ("base64 with a space", probe(spaced), 400, "not_base64"),
        ("base64 in lines", probe(lines), 400, "not_base64"),
        (
            "base64 for URLs",
            probe(URL_SAFE.encode([0xfb, 0xff, 0xfe])),
            400,
            "not_base64",
        ),
        (
            "base64 without padding",
            probe("AAA".into()),
            400,
            "not_base64",
        ),
        (
            "a data URL of a PDF",
            probe(format!("data:application/pdf;base64,{text}")),
            400,
            "not_base64",
        ),
        ("0 bytes", pair(vec![]), 422, "not_a_picture"),
        (
            "0 bytes in JSON",
            probe(String::new()),
            422,
            "not_a_picture",
        ),
        (
            "10 MB + 1 byte",
            pair(vec![0; (10 << 20) + 1]),
            413,
            "too_large",
        ),
        (
            "10 MB + 1 byte in JSON",
            probe(base64(&vec![0; (10 << 20) + 1])),
            413,
            "too_large",
        ),
        (
            "more than a request may have",
            Raw("application/json", vec![b' '; 31 << 20]),
            413,
            "too_large",
        ),
        (
            "a bomb of 60000 x 60000",
            pair(png_of(60_000, 60_000)),
            422,
            "not_a_picture",
        ),
        (
            "a bomb of 2^31 x 2^31",
            pair(png_of(1 << 31, 1 << 31)),
            422,
            "not_a_picture",
        ),
        (
            "a PNG without pixels",
            pair(png_of(100, 100)),
            422,
            "not_a_picture",
        ),
        (
            "a page with a JPEG behind it",
            pair(polyglot),
            422,
            "not_a_picture",
        ),
        (
            "a GIF",
            pair(b"GIF89a\x01\0\x01\0\0\0\0;".to_vec()),
            422,
            "not_a_picture",
        ),
        (
            "half a JPEG",
            pair(face[..face.len() / 2].to_vec()),
            422,
            "not_a_picture",
        ),
        (
            "a threshold that is no number",
            with("accept_similarity", "NaN"),
            400,
            "invalid_value",
        ),
        (
            "an infinite threshold",
            with("accept_similarity", "1e999"),
            400,
            "invalid_value",
        ),
        (
            "a threshold of words",
            with("accept_similarity", "high"),
            400,
            "invalid_value",
        ),
        (
            "a threshold of 1e999 in JSON",
            Raw(
                "application/json",
                format!("{{\"probe\":\"{text}\",\"subject\":\"44\",\"accept_similarity\":1e999}}")
                    .into_bytes(),
            ),
            400,
            "malformed",
        ),
        (
            "a threshold of 0",
            with("accept_similarity", "0"),
            400,
            "invalid_value",
        ),
        (
            "perhaps alive",
            with("liveness", "perhaps"),
            400,
            "invalid_value",
        ),
        (
            "both",
            Form(vec![
                ("probe", face.clone()),
                ("reference", face.clone()),
                ("subject", b"44".to_vec()),
            ]),
            400,
            "invalid_value",
        ),
        (
            "a unicode id",
            subject("\u{2460}\u{1f600}"),
            400,
            "invalid_value",
        ),
        (
            "SQL",
            subject("1'; DROP TABLE subject;--"),
            400,
            "invalid_value",
        ),
        ("a path", subject("../../etc/passwd"), 400, "invalid_value"),
        ("a NUL", subject("44\0"), 400, "invalid_value"),
        (
            "no text",
            Form(vec![("probe", face.clone()), ("subject", vec![0xff, 0xfe])]),
            400,
            "not_text",
        ),
        ("nobody of that id", subject("nobody"), 404, "not_enrolled"),
        ("a picture of nobody", pair(blank()), 422, "no_face"),
    ]
}

/// A grey picture.
pub fn blank() -> Vec<u8> {
    let mut png = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_pixel(800, 800, image::Rgb([128; 3]))
        .write_to(&mut png, image::ImageFormat::Png)
        .unwrap();
    png.into_inner()
}

#[tokio::test]
async fn each_fault_has_its_code_and_tells_nothing_of_the_board() {
    let server = TestServer::start();
    let key = server.key("desk", &[Scope::Verify, Scope::Enrol]);
    for (name, sent, status, code) in cases() {
        let answer = sent.with(server.post(VERIFY, &key)).send().await;
        let Ok(answer) = answer else {
            // Refused unread: the connection may be closed before the client has sent all of it.
            assert_eq!(status, 413, "{name}: no answer");
            continue;
        };
        let (found, body) = told(answer).await;
        assert_eq!(
            (found, &body["error"]["code"]),
            (status, &json!(code)),
            "{name}: {body}"
        );
        let text = body.to_string();
        for secret in [
            server.state().folder().to_str().unwrap(),
            ".rs",
            "panicked",
            "/root",
        ] {
            assert!(!text.contains(secret), "{name}: {text}");
        }
        assert!(text.len() < 1000, "{name}: {text}");
    }
    for path in [
        "/api/v1/gallery/..%2F..%2Fetc%2Fpasswd",
        "/api/v1/gallery/%FF",
        "/api/v1/gallery/%00",
    ] {
        let (status, body) = told(server.get(path, &key).send().await.unwrap()).await;
        assert!(status == 400 || status == 404, "{path}: {status} {body}");
    }
    assert!(works(&server, &key).await);
}

/// A picture with something behind its end is a picture, and what is behind it is left alone.
#[tokio::test]
async fn a_picture_with_a_page_behind_it_is_a_picture() {
    let server = TestServer::start();
    let key = server.key("desk", &[Scope::Verify]);
    let polyglot = [sample("obama.jpg"), b"<script>alert(1)</script>".to_vec()].concat();
    let form = Form::new()
        .part("probe", Part::bytes(polyglot))
        .part("reference", Part::bytes(sample("obama2.jpg")))
        .text("liveness", "false");
    let answer = server.post(VERIFY, &key).multipart(form).send().await;
    let (status, body) = told(answer.unwrap()).await;
    assert_eq!((status, &body["verdict"]), (200, &json!("mated")), "{body}");
    assert!(!body.to_string().contains("script"));
}
