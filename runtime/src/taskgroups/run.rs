//! The future that runs the body and the children.

use super::children::{Children, Woken};
use super::exception_group::{ExceptionGroup, Origin};
use super::group::{AnyChild, BODY, Flavour, Shared, Told};
use crate::canceller::Cancel;
use crate::graph::{self, NodeSlot, Suspended, poll_branch};
use crate::scope::{Scope, Tag, hand_over_panic, in_branch, report};
use pin_project_lite::pin_project;
use std::any::Any;
use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::mem;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// Turns what the body gives into its value or its error.
pub(super) type Split<O, T, E> = fn(O) -> Result<T, E>;

pin_project! {
    /// The future of [`TaskGroup::run`](crate::TaskGroup::run) and of
    /// [`task_group!`](crate::task_group!).
    #[must_use = "a task group does nothing until you `.await` it"]
    pub struct Run<'g, 's, E, M, B, T>
    where
        M: Flavour,
        B: Future,
    {
        group: &'g Arc<Shared<'s, E, M>>,
        // `None` once it is done, cleanup and all.
        #[pin]
        body: Option<Scope<B>>,
        begun: bool,
        split: Split<B::Output, T, E>,
        children: Children<M::Child<'s, E>>,
        // Those over the limit.
        waiting: VecDeque<(u64, M::Child<'s, E>)>,
        cancelled: bool,
        // Of the last turn, kept for their memory.
        new: Vec<(u64, M::Child<'s, E>)>,
        numbers: Vec<u64>,
        woken: Vec<Woken>,
        outcome: Outcome<T, E>,
        node: NodeSlot,
        place: &'static Location<'static>,
    }

    impl<'g, 's, E, M, B, T> PinnedDrop for Run<'g, 's, E, M, B, T>
    where
        M: Flavour,
        B: Future,
    {
        fn drop(this: Pin<&mut Self>) {
            let mut tag = Tag::new();
            let mut this = this.project();
            let mut state = this.group.lock();
            state.closed = true;
            this.group.stop.end();
            let new = mem::take(&mut state.new);
            drop(state);
            drop(new);
            in_branch(&mut tag, 0, || this.body.as_mut().set(None));
            this.waiting.clear();
            while let Some((key, child)) = this.children.take_last() {
                in_branch(&mut tag, key as usize, || drop(child));
            }
            if let Some(payload) = this.outcome.panic.take() {
                hand_over_panic("a child of a task group", payload);
            }
        }
    }
}

/// What came of it so far.
struct Outcome<T, E> {
    value: Option<T>,
    errors: ExceptionGroup<E>,
    body_error: Option<E>,
    panic: Option<Box<dyn Any + Send>>,
}

impl<T, E> Outcome<T, E> {
    fn failed(&self) -> bool {
        !self.errors.errors().is_empty() || self.body_error.is_some() || self.panic.is_some()
    }

    fn panicked(&mut self, payload: Box<dyn Any + Send>) {
        match &self.panic {
            None => self.panic = Some(payload),
            Some(_) => report::panic("another child of the task group", &*payload),
        }
    }

    fn hear(&mut self, told: Vec<Told<E>>) {
        let told = told.into_iter();
        let origin = |place| Some(Origin::Told { place });
        self.errors
            .extend(told.map(|(error, place)| (error, origin(place))));
    }

    fn finish(&mut self) -> Result<T, ExceptionGroup<E>> {
        let mut errors = mem::take(&mut self.errors);
        let body = self.body_error.take();
        errors.extend(body.map(|error| (error, Some(Origin::Body))));
        if let Some(payload) = self.panic.take() {
            if !errors.errors().is_empty() {
                report::errors_beside_a_panic::<E>(errors.errors().len());
            }
            resume_unwind(payload);
        }
        match self.value.take() {
            Some(value) if errors.errors().is_empty() => Ok(value),
            _ => Err(errors),
        }
    }
}

impl<'g, 's, E, M: Flavour, B: Future, T> Run<'g, 's, E, M, B, T> {
    #[track_caller]
    pub(super) fn new(
        group: &'g Arc<Shared<'s, E, M>>,
        body: B,
        split: Split<B::Output, T, E>,
    ) -> Self {
        let entered = mem::replace(&mut group.lock().entered, true);
        assert!(!entered, "the task group has already been entered");
        Run {
            group,
            body: Some(Scope::new(body)),
            begun: false,
            split,
            children: Children::new(&group.wakes),
            waiting: VecDeque::new(),
            cancelled: false,
            new: Vec::new(),
            numbers: Vec::new(),
            woken: Vec::new(),
            outcome: Outcome {
                value: None,
                errors: ExceptionGroup::default(),
                body_error: None,
                panic: None,
            },
            node: NodeSlot::new(),
            place: Location::caller(),
        }
    }

    fn poll_body(self: Pin<&mut Self>) {
        let mut this = self.project();
        let Some(body) = this.body.as_mut().as_pin_mut() else {
            return;
        };
        let node = this.node;
        let polled = this.children.poll_body(|waker| {
            catch_unwind(AssertUnwindSafe(|| {
                poll_branch(graph::is_on(), node, BODY as usize, waker, |cx| {
                    body.poll(cx)
                })
            }))
        });
        match polled {
            Ok(Poll::Pending) => return,
            Ok(Poll::Ready(None)) => {}
            Ok(Poll::Ready(Some(output))) => match (this.split)(output) {
                Ok(value) => this.outcome.value = Some(value),
                Err(error) => this.outcome.body_error = Some(error),
            },
            Err(payload) => this.outcome.panicked(payload),
        }
        this.body.set(None);
    }

    fn poll_child(self: Pin<&mut Self>, key: u64) {
        let this = self.project();
        let node = this.node;
        let polled = this.children.poll(key, |waker, child| {
            let polled = catch_unwind(AssertUnwindSafe(|| {
                poll_branch(graph::is_on(), node, key as usize, waker, |cx| {
                    child.as_child().poll(cx)
                })
            }));
            match polled {
                Ok(Poll::Pending) => Poll::Pending,
                Ok(Poll::Ready(result)) => Poll::Ready(Ok(result)),
                Err(payload) => Poll::Ready(Err(payload)),
            }
        });
        let (result, mut ended) = match polled {
            None => return,
            Some(Poll::Pending) => {
                if graph::is_on() {
                    let origin = |child: &mut M::Child<'s, E>| child.as_child().origin();
                    if let Some(origin) = this.children.get(key).map(origin) {
                        node.is_child(key as usize, origin);
                    }
                }
                return;
            }
            Some(Poll::Ready(ended)) => ended,
        };
        match result {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                let origin = ended.as_child().origin();
                this.outcome.errors.extend([(error, Some(origin))]);
            }
            Err(payload) => this.outcome.panicked(payload),
        }
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(ended))) {
            this.outcome.panicked(payload);
        }
    }

    /// Starts what was added, as far as the limit allows, and polls it for the first time. What these
    /// add in turn comes with the next poll.
    fn start_children(mut self: Pin<&mut Self>) {
        let this = self.as_mut().project();
        let mut state = this.group.lock();
        let limit = state.limit;
        mem::swap(&mut state.new, this.new);
        drop(state);
        // They were added one after the other, and so were their keys.
        let mut started = 0..0;
        let mut new = this.new.drain(..);
        while this.children.len() < limit {
            let Some((key, child)) = this.waiting.pop_front().or_else(|| new.next()) else {
                break;
            };
            this.children.put(key, child, &this.group.wakes);
            if started.is_empty() {
                started.start = key;
            }
            started.end = key + 1;
        }
        this.waiting.extend(new);
        for key in started {
            self.as_mut().cancel_if_asked();
            self.as_mut().poll_child(key);
        }
        self.as_mut().cancel_if_due();
    }

    /// Cancels as soon as somebody asks for it.
    fn cancel_if_asked(mut self: Pin<&mut Self>) {
        if self.as_mut().project().group.stop.is_cancelled() {
            self.cancel_if_due();
        }
    }

    /// Cancels body and children, once, when something failed or somebody asked for it.
    fn cancel_if_due(mut self: Pin<&mut Self>) {
        let this = self.as_mut().project();
        if this.group.stop.hears() {
            let told = mem::take(&mut this.group.lock().told);
            this.outcome.hear(told);
        }
        let due = this.outcome.failed() || this.group.stop.is_cancelled();
        if !due || mem::replace(this.cancelled, true) {
            return;
        }
        let mut state = this.group.lock();
        state.closed = true;
        let new = mem::take(&mut state.new);
        drop(state);
        let waiting = mem::take(this.waiting);
        drop((new, waiting));
        let keys: Vec<u64> = this.children.keys().collect();
        for &key in &keys {
            if let Some(child) = this.children.get(key) {
                child.as_child().cancel();
            }
        }
        if let Some(body) = this.body.as_pin_mut() {
            body.cancel();
        }
        for key in keys {
            self.as_mut().poll_child(key);
        }
        self.as_mut().poll_body();
    }
}

impl<E, M: Flavour, B: Future, T> Future for Run<'_, '_, E, M, B, T> {
    type Output = Result<T, ExceptionGroup<E>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // Not by a reference to all of it: the body may refer to itself.
        let this = self.as_mut().project();
        assert!(
            !this.group.stop.is_done(),
            "a task group was polled again after it was done"
        );
        this.group.wakes.take(cx.waker(), this.numbers);
        let mut woken = mem::take(this.woken);
        this.children.take_woken(this.numbers, &mut woken);
        if !mem::replace(this.begun, true) && !*this.cancelled {
            self.as_mut().poll_body(); // up to its first suspension, also if cancelled before it began
        }
        // A failure cancels nobody who was woken in the same turn: as in asyncio, all of those go on for a step,
        // and if they fail in it that is in the group, too.
        for key in woken.drain(..).flatten() {
            self.as_mut().cancel_if_asked();
            match key {
                BODY => self.as_mut().poll_body(),
                child => self.as_mut().poll_child(child),
            }
        }
        *self.as_mut().project().woken = woken;
        self.as_mut().cancel_if_due();
        self.as_mut().start_children();
        let this = self.project();
        if this.body.is_some() || this.children.len() != 0 || !this.waiting.is_empty() {
            if graph::is_on() {
                this.node.wait(Suspended {
                    name: "task_group!",
                    place: Some(this.place),
                    group: Some(this.group.wakes.address()),
                    ..Suspended::default()
                });
            }
            return Poll::Pending;
        }
        let mut state = this.group.lock();
        if !state.new.is_empty() {
            return Poll::Pending; // whoever added it woke this
        }
        state.closed = true;
        // With the lock: whoever tells the group of an error after this gets it back.
        this.group.stop.end();
        let told = mem::take(&mut state.told);
        drop(state);
        this.outcome.hear(told);
        Poll::Ready(this.outcome.finish())
    }
}

impl<E, M: Flavour, B: Future, T> fmt::Debug for Run<'_, '_, E, M, B, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run")
            .field("running", &self.children.len())
            .field("waiting", &self.waiting.len())
            .finish()
    }
}
