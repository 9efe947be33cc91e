//! What callers send: multipart forms, JSON and base64, read with limits.
//!
//! Called by handlers behind [`guard`](super::credentials::guard), so that nothing is read of strangers.
//! A body that announces more than its limit is refused unread; one that turns out longer, or takes
//! longer than [`TIME`], is refused as far as it was read.

use std::time::Duration;

use axum::body::to_bytes;
use axum::extract::multipart::MultipartError;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{HeaderMap, StatusCode, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;

/// How long an upload may take.
pub const TIME: Duration = Duration::from_secs(30);
/// Larger than any dialect's limit: base64 of several pictures of 10 MiB. The server's own limit.
pub const MAX_BODY: usize = 64 << 20;

/// What is wrong with what was sent. Dialects word it in their own codes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UploadError {
    #[error("the field {0} is missing")]
    Missing(String),
    #[error("the field {0} is there more than once")]
    Repeated(String),
    #[error("the field {0} is no text in UTF-8")]
    NotText(String),
    #[error("the field {field} is no base64: {problem}")]
    NotBase64 {
        field: String,
        problem: &'static str,
    },
    #[error("{field} is larger than {limit} bytes")]
    TooLarge { field: String, limit: usize },
    #[error("the content type must be {expected}")]
    WrongContentType { expected: &'static str },
    #[error("the request can't be read: {0}")]
    Malformed(String),
    #[error("the upload took longer than {} s", TIME.as_secs())]
    Timeout,
}

/// What a form may be like.
#[derive(Debug, Clone, Copy)]
pub struct FormLimits {
    /// Bytes of one field.
    pub field: usize,
    /// Bytes of the whole form.
    pub total: usize,
    /// Fields that may be there more than once.
    pub repeatable: &'static [&'static str],
}

/// The fields of a multipart form (RFC 7578), each once unless its dialect allows more. Unknown fields
/// are read and left alone.
pub struct Form {
    fields: Vec<Field>,
}

struct Field {
    name: String,
    content: Vec<u8>,
}

/// No form has more.
const MAX_FIELDS: usize = 64;
/// Of a field's name, in bytes.
const MAX_NAME: usize = 128;

impl Form {
    /// Reads a form.
    ///
    /// # Errors
    /// [`UploadError`], for the form as a whole or a field.
    pub async fn read(request: Request, limits: FormLimits) -> Result<Self, UploadError> {
        check_type(request.headers(), "multipart/form-data")?;
        check_length(request.headers(), limits.total)?;
        in_time(async move {
            let mut multipart = Multipart::from_request(request, &())
                .await
                .map_err(|error| UploadError::Malformed(error.body_text()))?;
            let mut form = Self { fields: Vec::new() };
            let mut left = limits.total;
            while let Some(mut field) = multipart.next_field().await.map_err(broken)? {
                let name = field.name().unwrap_or_default().to_owned();
                if form.fields.len() == MAX_FIELDS || name.len() > MAX_NAME {
                    return Err(UploadError::Malformed(
                        "too many fields, or too long a name".into(),
                    ));
                }
                let is_repeated = form.fields.iter().any(|field| field.name == name);
                if is_repeated && !limits.repeatable.contains(&name.as_str()) {
                    return Err(UploadError::Repeated(name));
                }
                let mut content = Vec::new();
                while let Some(chunk) = field.chunk().await.map_err(broken)? {
                    if content.len() + chunk.len() > limits.field {
                        return Err(UploadError::TooLarge {
                            field: name,
                            limit: limits.field,
                        });
                    }
                    left = left
                        .checked_sub(chunk.len())
                        .ok_or_else(|| whole_too_large(limits.total))?;
                    content.extend_from_slice(&chunk);
                }
                form.fields.push(Field { name, content });
            }
            Ok(form)
        })
        .await
    }

    /// The content of a field.
    ///
    /// # Errors
    /// [`UploadError::Missing`]
    pub fn file(&self, name: &str) -> Result<&[u8], UploadError> {
        self.files(name)
            .next()
            .ok_or_else(|| UploadError::Missing(name.to_owned()))
    }

    /// The contents of all fields of a name, in the order sent.
    pub fn files(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        self.fields
            .iter()
            .filter(move |field| field.name == name)
            .map(|field| field.content.as_slice())
    }

    /// Takes the content of a field out of the form.
    ///
    /// # Errors
    /// [`UploadError::Missing`]
    pub fn take(&mut self, name: &str) -> Result<Vec<u8>, UploadError> {
        let place = self.fields.iter().position(|field| field.name == name);
        place
            .map(|place| self.fields.remove(place).content)
            .ok_or_else(|| UploadError::Missing(name.to_owned()))
    }

    /// A field as text.
    ///
    /// # Errors
    /// [`UploadError::Missing`] or [`UploadError::NotText`]
    pub fn text(&self, name: &str) -> Result<&str, UploadError> {
        std::str::from_utf8(self.file(name)?).map_err(|_| UploadError::NotText(name.to_owned()))
    }

    /// A field as text, if it is there.
    ///
    /// # Errors
    /// [`UploadError::NotText`]
    pub fn optional_text(&self, name: &str) -> Result<Option<&str>, UploadError> {
        match self.text(name) {
            Err(UploadError::Missing(_)) => Ok(None),
            other => other.map(Some),
        }
    }
}

/// Reads a JSON body.
///
/// # Errors
/// [`UploadError`]; a field that `T` needs is [`UploadError::Missing`], one that is there twice
/// [`UploadError::Repeated`].
pub async fn json<T: DeserializeOwned>(request: Request, limit: usize) -> Result<T, UploadError> {
    check_type(request.headers(), "application/json")?;
    check_length(request.headers(), limit)?;
    let content = in_time(async move {
        // The only way to fail but for a broken connection is to be too long.
        to_bytes(request.into_body(), limit)
            .await
            .map_err(|_| whole_too_large(limit))
    })
    .await?;
    serde_json::from_slice(&content).map_err(|error| explain(&error))
}

/// Decodes base64 (RFC 4648, section 4, padded) or a `data:image/…;base64,` URL (RFC 2397) of at most
/// `max` bytes; `field` is what errors call it. Not one character beyond the alphabet is passed over.
///
/// # Errors
/// [`UploadError::NotBase64`] or [`UploadError::TooLarge`]
pub fn base64_image(field: &str, text: &str, max: usize) -> Result<Vec<u8>, UploadError> {
    let not = |problem| UploadError::NotBase64 {
        field: field.to_owned(),
        problem,
    };
    let encoded = match text.split_once(',') {
        Some((head, encoded)) => {
            let kind = head
                .strip_prefix("data:image/")
                .and_then(|rest| rest.strip_suffix(";base64"))
                .ok_or_else(|| not("a data URL begins with data:image/<type>;base64,"))?;
            if !["jpeg", "jpg", "png", "webp"].contains(&kind) {
                return Err(not("the data URL is of no JPEG, PNG or WebP picture"));
            }
            encoded
        }
        None => text,
    };
    if encoded.len() / 4 * 3 > max + 2 {
        return Err(UploadError::TooLarge {
            field: field.to_owned(),
            limit: max,
        });
    }
    let decoded = STANDARD.decode(encoded).map_err(|_| {
        if encoded.contains(char::is_whitespace) {
            not("it has white space in it")
        } else if encoded.contains(['-', '_']) {
            not("it is in the alphabet for URLs; use the one with + and /")
        } else {
            not("it has a character beyond the alphabet, or wrong padding")
        }
    })?;
    if decoded.len() > max {
        return Err(UploadError::TooLarge {
            field: field.to_owned(),
            limit: max,
        });
    }
    Ok(decoded)
}

fn check_type(headers: &HeaderMap, expected: &'static str) -> Result<(), UploadError> {
    let found = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = found.and_then(|value| value.split(';').next());
    if essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case(expected)) {
        Ok(())
    } else {
        Err(UploadError::WrongContentType { expected })
    }
}

fn check_length(headers: &HeaderMap, limit: usize) -> Result<(), UploadError> {
    let announced = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|announced| announced > limit as u64) {
        return Err(whole_too_large(limit));
    }
    Ok(())
}

fn whole_too_large(limit: usize) -> UploadError {
    UploadError::TooLarge {
        field: "the request".into(),
        limit,
    }
}

async fn in_time<T>(read: impl Future<Output = Result<T, UploadError>>) -> Result<T, UploadError> {
    tokio::time::timeout(TIME, read)
        .await
        .unwrap_or(Err(UploadError::Timeout))
}

fn broken(error: MultipartError) -> UploadError {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        whole_too_large(MAX_BODY)
    } else {
        UploadError::Malformed("the form is damaged or cut off".into())
    }
}

/// serde tells of fields in words only.
fn explain(error: &serde_json::Error) -> UploadError {
    let text = error.to_string();
    let field = |prefix: &str| {
        let name = text.strip_prefix(prefix)?.split('`').next()?;
        Some(name.to_owned())
    };
    if let Some(name) = field("missing field `") {
        UploadError::Missing(name)
    } else if let Some(name) = field("duplicate field `") {
        UploadError::Repeated(name)
    } else {
        // It may repeat what was sent, which may be megabytes.
        UploadError::Malformed(text.chars().take(120).collect())
    }
}
