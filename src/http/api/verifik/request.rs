//! What is asked for, out of whatever JSON came.

use std::ops::RangeInclusive;

use serde_json::Value;

use crate::domain::Effort;
use crate::http::api::upload::{UploadError, base64_image};

use super::MAX_PICTURE;
use super::problem::Problem;
use super::wire::{Body, Os, SearchMode};

/// The most pictures of a gallery.
const MAX_GALLERY: usize = 10;
const COMPARE_RANGE: RangeInclusive<f64> = 0.67..=0.95;
const LIVENESS_RANGE: RangeInclusive<f64> = 0.52..=1.0;
/// Those of the documented example.
const COMPARE_DEFAULT: f64 = 0.85;
const LIVENESS_DEFAULT: f64 = 0.6;

/// A request that can be carried out.
pub struct Asked {
    pub probe: Vec<u8>,
    /// At least one.
    pub gallery: Vec<Vec<u8>>,
    pub terms: Terms,
}

/// How the pictures are compared.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    pub os: Os,
    pub search_mode: SearchMode,
    pub compare_min_score: f32,
    pub liveness_min_score: f32,
    pub crop_face: bool,
}

impl Terms {
    /// What the mode means for the worker.
    pub fn effort(&self) -> Effort {
        match self.search_mode {
            SearchMode::Fast => Effort::Fast,
            SearchMode::Accurate => Effort::Accurate,
        }
    }
}

/// Checks a request.
///
/// # Errors
/// All parameters that are missing, or the first one that is wrong.
pub fn check(body: &Body) -> Result<Asked, Problem> {
    let given = |value: &Option<Value>| match value {
        None => false,
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(items)) => !items.is_empty(),
        Some(_) => true,
    };
    let required = [
        ("probe", &body.probe),
        ("gallery", &body.gallery),
        ("search_mode", &body.search_mode),
    ];
    let missing: Vec<&str> = required
        .into_iter()
        .filter(|(_, value)| !given(value))
        .map(|(name, _)| name)
        .collect();
    if !missing.is_empty() {
        return Err(Problem::missing(&missing));
    }
    let terms = terms(body)?;
    let Some(Value::Array(items)) = &body.gallery else {
        return Err(Problem::invalid("gallery is an array of pictures"));
    };
    if items.len() > MAX_GALLERY {
        return Err(Problem::invalid(format!(
            "gallery has {} pictures, and {MAX_GALLERY} is the most",
            items.len()
        )));
    }
    let gallery = items
        .iter()
        .enumerate()
        .map(|(index, item)| picture(&format!("gallery[{index}]"), item))
        .collect::<Result<_, _>>()?;
    Ok(Asked {
        probe: picture("probe", body.probe.as_ref().unwrap_or(&Value::Null))?,
        gallery,
        terms,
    })
}

fn terms(body: &Body) -> Result<Terms, Problem> {
    Ok(Terms {
        search_mode: match text("search_mode", &body.search_mode)? {
            Some("FAST") => SearchMode::Fast,
            Some("ACCURATE") => SearchMode::Accurate,
            _ => return Err(Problem::invalid("search_mode is FAST or ACCURATE")),
        },
        os: match text("os", &body.os)? {
            None | Some("DESKTOP") => Os::Desktop,
            Some("IOS") => Os::Ios,
            Some("ANDROID") => Os::Android,
            Some(_) => return Err(Problem::invalid("os is DESKTOP, IOS or ANDROID")),
        },
        compare_min_score: score(
            "compare_min_score",
            &body.compare_min_score,
            COMPARE_RANGE,
            COMPARE_DEFAULT,
        )?,
        liveness_min_score: score(
            "liveness_min_score",
            &body.liveness_min_score,
            LIVENESS_RANGE,
            LIVENESS_DEFAULT,
        )?,
        crop_face: match body.crop_face {
            None => false,
            Some(Value::Bool(crop)) => crop,
            Some(_) => return Err(Problem::invalid("cropFace is true or false")),
        },
    })
}

fn text<'b>(name: &str, value: &'b Option<Value>) -> Result<Option<&'b str>, Problem> {
    match value {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Problem::invalid(format!("{name} is a string"))),
    }
}

fn score(
    name: &str,
    value: &Option<Value>,
    range: RangeInclusive<f64>,
    default: f64,
) -> Result<f32, Problem> {
    let score = match value {
        None => Some(default),
        Some(value) => value.as_f64().filter(|score| range.contains(score)),
    };
    // As exact as the scores that it is compared with.
    score.map(|score| score as f32).ok_or_else(|| {
        let (min, max) = (range.start(), range.end());
        Problem::invalid(format!("{name} is a number from {min} to {max}"))
    })
}

fn picture(name: &str, value: &Value) -> Result<Vec<u8>, Problem> {
    match value {
        Value::String(text) if text.is_empty() => Err(UploadError::Missing(name.into()).into()),
        Value::String(text) => Ok(base64_image(name, text, MAX_PICTURE)?),
        _ => Err(Problem::invalid(format!("{name} is a string of base64"))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn checked(change: Value) -> Result<Asked, String> {
        let mut body = json!({
            "probe": "AAAA", "gallery": ["AAAA", "data:image/png;base64,AAAA"], "search_mode": "FAST",
        });
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        check(&serde_json::from_value(body).unwrap()).map_err(|problem| problem.message)
    }

    #[test]
    fn what_is_left_out_has_the_documented_defaults() {
        let Asked {
            probe,
            gallery,
            terms,
        } = checked(json!({})).ok().unwrap();
        assert_eq!((probe, gallery.len()), (vec![0; 3], 2));
        assert_eq!((terms.os, terms.crop_face), (Os::Desktop, false));
        assert_eq!(terms.effort(), Effort::Fast);
        assert_eq!(
            (terms.compare_min_score, terms.liveness_min_score),
            (0.85, 0.6)
        );
        let edges = json!({"compare_min_score": 0.67, "liveness_min_score": 1, "os": "IOS",
            "search_mode": "ACCURATE", "cropFace": true});
        let terms = checked(edges).ok().unwrap().terms;
        assert_eq!((terms.os, terms.crop_face), (Os::Ios, true));
        assert_eq!(terms.effort(), Effort::Accurate);
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        for (change, message) in [
            (json!({"probe": null}), "missing probe\n"),
            (json!({"probe": ""}), "missing probe\n"),
            (json!({"gallery": []}), "missing gallery\n"),
            (json!({"search_mode": null}), "missing search_mode\n"),
            (
                json!({"search_mode": null, "probe": null}),
                "missing probe\nmissing search_mode\n",
            ),
            (json!({"gallery": ["AAAA", ""]}), "missing gallery[1]\n"),
        ] {
            assert_eq!(checked(change).err().unwrap(), message);
        }
        for (change, named) in [
            (json!({"search_mode": "fast"}), "search_mode"),
            (json!({"search_mode": 1}), "search_mode"),
            (json!({"os": "BEOS"}), "os"),
            (json!({"cropFace": "yes"}), "cropFace"),
            (json!({"compare_min_score": 0.66}), "compare_min_score"),
            (json!({"compare_min_score": "0.8"}), "compare_min_score"),
            (json!({"liveness_min_score": 0.51}), "liveness_min_score"),
            (json!({"liveness_min_score": 1.01}), "liveness_min_score"),
            (json!({"gallery": "AAAA"}), "gallery"),
            (json!({"gallery": [7]}), "gallery[0]"),
            (json!({"gallery": vec!["AAAA"; 11]}), "gallery"),
            (json!({"probe": "AA AA"}), "probe"),
            (json!({"probe": "AA-_"}), "probe"),
        ] {
            let message = checked(change).err().unwrap();
            assert!(
                message.contains(named) && message.ends_with('\n'),
                "{message}"
            );
        }
    }
}
