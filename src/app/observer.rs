//! Who watches the door at work without a say in it: the preview page and the demo's printing.

use time::UtcDateTime;

use crate::domain::EnrolmentUpdate;
use crate::panel::View;
use crate::telemetry::DecisionMessage;

use super::analysis::Seen;

/// Is told what happens, on the event loop's thread: it must be quick and can't fail.
pub trait Observer: Send {
    /// A frame was analysed.
    fn seen(&mut self, _seen: &Seen) {}
    /// A decision was recorded.
    fn decided(&mut self, _message: &DecisionMessage) {}
    /// The strike was released, or secured again.
    fn door(&mut self, _released: bool) {}
    /// The panel shows this.
    fn drawn(&mut self, _view: &View<'_>) {}
    /// An enrolment at the door has come to another stage; the person agreed then.
    fn enrolment(&mut self, _update: &EnrolmentUpdate, _consented: Option<UtcDateTime>) {}
    /// A decision goes to the broker.
    fn published(&mut self, _message: &DecisionMessage) {}
}

/// Nobody watches.
impl Observer for () {}

impl Observer for Box<dyn Observer> {
    fn seen(&mut self, seen: &Seen) {
        (**self).seen(seen);
    }

    fn decided(&mut self, message: &DecisionMessage) {
        (**self).decided(message);
    }

    fn door(&mut self, released: bool) {
        (**self).door(released);
    }

    fn drawn(&mut self, view: &View<'_>) {
        (**self).drawn(view);
    }

    fn enrolment(&mut self, update: &EnrolmentUpdate, consented: Option<UtcDateTime>) {
        (**self).enrolment(update, consented);
    }

    fn published(&mut self, message: &DecisionMessage) {
        (**self).published(message);
    }
}

/// Two watch.
impl<A: Observer, B: Observer> Observer for (A, B) {
    fn seen(&mut self, seen: &Seen) {
        self.0.seen(seen);
        self.1.seen(seen);
    }

    fn decided(&mut self, message: &DecisionMessage) {
        self.0.decided(message);
        self.1.decided(message);
    }

    fn door(&mut self, released: bool) {
        self.0.door(released);
        self.1.door(released);
    }

    fn drawn(&mut self, view: &View<'_>) {
        self.0.drawn(view);
        self.1.drawn(view);
    }

    fn enrolment(&mut self, update: &EnrolmentUpdate, consented: Option<UtcDateTime>) {
        self.0.enrolment(update, consented);
        self.1.enrolment(update, consented);
    }

    fn published(&mut self, message: &DecisionMessage) {
        self.0.published(message);
        self.1.published(message);
    }
}
