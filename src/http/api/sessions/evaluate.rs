//! From live frames and references to findings.

use crate::domain::{Cosine, Effort, FacesWanted, PadScore, Similarity, Wanted};
use crate::http::api::ApiState;
use crate::http::api::backend::BackendError;

use super::findings::{Cues, Findings, Liveness, Match, steadiness};
use super::footage::{Clip, Footage, JpegFile, LiveFrame};
use super::{MediaKind, MediaUrl, Reference};

/// How often a busy worker is asked again; nobody waits for this answer on the line.
const TRIES: usize = 30;
/// Frames with a PAD score.
const PAD_FRAMES: usize = 3;

/// Compares every live frame with every reference, and writes the temporary files. A fault ends in
/// findings of somebody who isn't live and matches nobody.
pub async fn evaluate(
    state: &ApiState,
    references: &[Reference],
    mut footage: Footage,
) -> Findings {
    // A browser that doesn't tell stands where the board stands, for all that is known.
    footage.place = footage.place.or(state.settings().place);
    let (place, count) = (footage.place, references.len());
    compare(state, references, footage)
        .await
        .unwrap_or_else(|error| {
            tracing::error!(%error, "a session could not be evaluated");
            Findings {
                liveness: Liveness {
                    score: PadScore::MIN,
                    cues: Cues {
                        challenge_passed: Some(false),
                        ..Cues::default()
                    },
                },
                matches: (0..count).map(|_| Match::none()).collect(),
                target: None,
                video: None,
                place,
            }
        })
}

async fn compare(
    state: &ApiState,
    references: &[Reference],
    footage: Footage,
) -> Result<Findings, BackendError> {
    let Footage {
        frames,
        clip,
        cues,
        score,
        place,
    } = footage;
    let score = match score {
        Some(score) => score,
        None => pad_score(state, &frames).await?,
    };
    // Each frame's file, once it is needed.
    let mut files: Vec<Option<MediaUrl>> = vec![None; frames.len()];
    let mut matches = Vec::new();
    for reference in references {
        let (mut similarities, mut cosines) = (Vec::new(), Vec::new());
        for frame in &frames {
            let compared = patiently(|| {
                let (probe, reference) = (frame.template.clone(), reference.template.clone());
                state.backend().compare(probe, reference)
            })
            .await?;
            similarities.push(compared.similarity);
            cosines.push(compared.cosine);
        }
        let best = (0..frames.len())
            .max_by(|&a, &b| similarities[a].get().total_cmp(&similarities[b].get()));
        matches.push(match best {
            Some(best) => Match {
                similarity: similarities[best],
                cosine: cosines[best],
                steadiness: steadiness(&similarities),
                frame: file(state, &mut files, best, &frames[best].jpeg),
            },
            None => Match::none(),
        });
    }
    let target = match frames.first() {
        Some(frame) => file(state, &mut files, 0, &frame.jpeg),
        None => None,
    };
    Ok(Findings {
        liveness: Liveness { score, cues },
        matches,
        target,
        video: video(state, clip).await,
        place,
    })
}

impl Match {
    /// Of nobody.
    fn none() -> Self {
        Self {
            similarity: Similarity::MIN,
            cosine: Cosine::MIN,
            steadiness: 0.0,
            frame: None,
        }
    }
}

/// The mean PAD score of the best frames; without a face it is the worst.
async fn pad_score(state: &ApiState, frames: &[LiveFrame]) -> Result<PadScore, BackendError> {
    let wanted = Wanted {
        faces: FacesWanted::Largest,
        liveness: true,
        portrait: false,
        effort: Effort::Fast,
    };
    let mut scores = Vec::new();
    for frame in frames.iter().take(PAD_FRAMES) {
        let seen = patiently(|| state.backend().examine(frame.jpeg.0.clone(), wanted)).await?;
        let score = seen.faces.first().and_then(|face| face.pad);
        scores.push(score.unwrap_or(PadScore::MIN).get());
    }
    let mean = scores.iter().sum::<f32>() / scores.len() as f32;
    Ok(PadScore::saturating(mean))
}

/// Asks a busy worker again.
async fn patiently<T, F>(ask: impl Fn() -> F) -> Result<T, BackendError>
where
    F: Future<Output = Result<T, BackendError>>,
{
    let mut tries = 0;
    loop {
        tries += 1;
        match ask().await {
            Err(BackendError::Busy { retry_after }) if tries < TRIES => {
                tokio::time::sleep(retry_after).await;
            }
            other => return other,
        }
    }
}

fn file(
    state: &ApiState,
    files: &mut [Option<MediaUrl>],
    place: usize,
    jpeg: &JpegFile,
) -> Option<MediaUrl> {
    let url = files.get_mut(place)?;
    if url.is_none() {
        *url = store(state, MediaKind::Jpeg, &jpeg.0);
    }
    url.clone()
}

/// The address of a new temporary file; without a place for it there is none, and findings do without.
pub fn store(state: &ApiState, kind: MediaKind, content: &[u8]) -> Option<MediaUrl> {
    match state
        .sessions()
        .media()
        .put(kind, content, state.monotonic())
    {
        Ok(token) => Some(MediaUrl::ours(&state.public_url(), &token, kind)),
        Err(error) => {
            tracing::warn!(%error, "a temporary file is left out");
            None
        }
    }
}

async fn video(state: &ApiState, clip: Clip) -> Option<MediaUrl> {
    let mp4 = match clip {
        Clip::None => return None,
        Clip::Mp4(mp4) => mp4,
        Clip::Frames { jpegs, per_second } => {
            let jpegs = jpegs.into_iter().map(|jpeg| jpeg.0).collect();
            let written = state.backend().write_video(jpegs, per_second).await;
            written
                .inspect_err(|error| tracing::warn!(%error, "no video could be written"))
                .ok()?
        }
    };
    store(state, MediaKind::Mp4, &mp4)
}
