//! The evidence of one tracked face, as it gathers.

use std::time::Duration;

use crate::domain::{
    Against, Band, Candidate, Comparison, Decision, DecisionRecord, Evidence, InconclusiveReason,
    Moment, PadScore, Policy, Quality, Sighting, TrackId,
};

/// One compared frame.
#[derive(Debug, Clone)]
struct Sample {
    candidate: Option<Candidate>,
    quality: Quality,
    pad: Option<PadScore>,
}

/// A face under observation.
#[derive(Debug)]
pub(super) struct Observation {
    pub(super) track: TrackId,
    pub(super) started: Moment,
    pub(super) against: Against,
    last_seen: Moment,
    samples: heapless::Deque<Sample, { Self::WINDOW }>,
}

impl Observation {
    /// Compared frames that are kept; older ones give way while liveness is still awaited.
    const WINDOW: usize = Policy::MAX_FRAMES as usize * 2;
    /// A face out of sight for longer is lost.
    const LOST_AFTER: Duration = Duration::from_millis(1_000);

    pub(super) fn new(first: &Sighting, against: Against) -> Self {
        Self {
            track: first.track,
            started: first.captured,
            against,
            last_seen: first.captured,
            samples: heapless::Deque::new(),
        }
    }

    /// Takes in one frame. A comparison with anything but what this observation is about is left out.
    pub(super) fn add(&mut self, sighting: &Sighting) {
        self.last_seen = self.last_seen.max(sighting.captured);
        let Some(comparison) = &sighting.comparison else {
            return;
        };
        let wanted = match (&self.against, comparison) {
            (Against::Gallery, Comparison::Identification(_)) => true,
            (
                Against::Reference(claimed),
                Comparison::Verification {
                    claimed: compared, ..
                },
            ) => claimed == compared,
            _ => false,
        };
        if !wanted {
            return;
        }
        if self.samples.is_full() {
            self.samples.pop_front();
        }
        let sample = Sample {
            candidate: comparison.best().cloned(),
            quality: sighting.quality,
            pad: sighting.pad,
        };
        // There is room: a full window has just lost its oldest sample.
        let _ = self.samples.push_back(sample);
    }

    pub(super) fn has_evidence(&self) -> bool {
        !self.samples.is_empty()
    }

    /// Whether a frame without the face, taken at `captured`, means that it is gone: by the times the
    /// frames were taken, so that a slow analysis loses nobody.
    pub(super) fn is_face_lost(&self, captured: Moment) -> bool {
        captured.since(self.last_seen) > Self::LOST_AFTER
    }

    /// Liveness is dear: it is asked for once somebody enrolled seems to stand there.
    pub(super) fn wants_liveness(&self, policy: &Policy) -> bool {
        let worth_it = self
            .candidates()
            .any(|c| policy.band(c.similarity) != Band::Reject);
        worth_it && self.pad_scores().count() < usize::from(policy.liveness_frames)
    }

    /// The evidence, once there is enough for a decision.
    pub(super) fn complete_evidence(&self, policy: &Policy) -> Option<Evidence> {
        let enough_frames = self.samples.len() >= usize::from(policy.frames_needed);
        (enough_frames && !self.wants_liveness(policy)).then(|| self.evidence(policy))
    }

    /// Why there is no evidence at the time limit.
    pub(super) fn reason_for_giving_up(&self, policy: &Policy) -> InconclusiveReason {
        if self.samples.is_empty() {
            InconclusiveReason::PoorQuality
        } else if self.samples.len() >= usize::from(policy.frames_needed) {
            InconclusiveReason::LivenessMissing
        } else {
            InconclusiveReason::TimedOut
        }
    }

    pub(super) fn record(
        &self,
        decision: Decision,
        policy: &Policy,
        now: Moment,
    ) -> DecisionRecord {
        DecisionRecord {
            decision,
            evidence: self.has_evidence().then(|| self.evidence(policy)),
            against: self.against.clone(),
            started: self.started,
            decided: now,
        }
    }

    fn evidence(&self, policy: &Policy) -> Evidence {
        let mut pads = [0.0_f32; Self::WINDOW];
        let mut count = 0;
        for score in self.pad_scores() {
            pads[count] = score.get();
            count += 1;
        }
        let enough = count >= usize::from(policy.liveness_frames);
        let mean = pads[..count].iter().sum::<f32>() / count.max(1) as f32;
        Evidence {
            candidate: self.median_candidate(),
            consistent: self.is_consistent(),
            claimed: matches!(self.against, Against::Reference(_)),
            pad: enough.then(|| PadScore::saturating(mean)),
            quality: self
                .samples
                .iter()
                .map(|s| s.quality)
                .min()
                .unwrap_or(Quality::from_fraction(0.0)),
            frames: self.samples.len() as u8,
            elapsed: self.last_seen.since(self.started),
        }
    }

    /// The candidate of the frame with the median similarity: one lucky frame does not open the door.
    fn median_candidate(&self) -> Option<Candidate> {
        let mut by_similarity: heapless::Vec<&Candidate, { Self::WINDOW }> =
            self.candidates().collect();
        by_similarity.sort_unstable_by(|a, b| a.cosine.get().total_cmp(&b.cosine.get()));
        // Of an even number the lower of the two in the middle.
        let middle = by_similarity.len().checked_sub(1)? / 2;
        by_similarity.get(middle).map(|c| (*c).clone())
    }

    fn is_consistent(&self) -> bool {
        let mut subjects = self
            .samples
            .iter()
            .map(|s| s.candidate.as_ref().map(|c| &c.subject));
        let first = subjects.next();
        subjects.all(|subject| Some(subject) == first)
    }

    fn candidates(&self) -> impl Iterator<Item = &Candidate> {
        self.samples.iter().filter_map(|s| s.candidate.as_ref())
    }

    fn pad_scores(&self) -> impl Iterator<Item = PadScore> {
        self.samples.iter().filter_map(|s| s.pad)
    }
}
