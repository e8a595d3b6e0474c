//! One statement.

use super::{Generator, Place};
use crate::program::{Call, Order, Stmt, When};
use std::sync::Arc;

/// The sorts of statements, and how often each comes; those of [`MANY`] take other numbers of turns than in CPython.
const SORTS: &[(Sort, usize)] = &[
    (Generator::sleep, 14),
    (Generator::spawn, 7),
    (Generator::wait_for_task, 7),
    (Generator::cancel, 8),
    (Generator::raise, 2),
    (Generator::try_, 9),
    (Generator::limit, 7),
    (Generator::lock, 5),
    (Generator::event, 7),
    (Generator::condition, 4),
    (Generator::barrier, 2),
    (Generator::queue, 9),
];
const MANY: &[(Sort, usize)] = &[
    (Generator::gather, 7),
    (Generator::wait, 5),
    (Generator::group, 7),
    (Generator::shield, 3),
];

type Sort = fn(&mut Generator, &Place) -> Stmt;

/// Deeper than this nothing is nested.
const DEEPEST: usize = 5;

impl Generator {
    pub(super) fn stmt(&mut self, place: &Place) -> Stmt {
        if place.depth >= DEEPEST {
            return self.sleep(place);
        }
        let many = match self.order {
            Order::Total => &[],
            Order::PerTask => MANY,
        };
        let sorts = || SORTS.iter().chain(many);
        let mut number = self
            .random
            .between(1, sorts().map(|(_, weight)| weight).sum());
        for (sort, weight) in sorts() {
            if number <= *weight {
                return sort(self, place);
            }
            number -= weight;
        }
        unreachable!("it is one of them")
    }

    fn sleep(&mut self, _: &Place) -> Stmt {
        Stmt::Sleep { ms: self.time() }
    }

    fn spawn(&mut self, place: &Place) -> Stmt {
        let body = self.task(place.depth + 1);
        Stmt::Spawn { body }
    }

    /// Some task that is not this one.
    fn other(&mut self, place: &Place) -> Option<Arc<str>> {
        let task = self.random.pick(&self.tasks)?;
        (*task != place.root).then(|| Arc::clone(task))
    }

    fn wait_for_task(&mut self, place: &Place) -> Stmt {
        match self.other(place) {
            Some(task) => Stmt::Await { task },
            None => self.sleep(place),
        }
    }

    fn cancel(&mut self, place: &Place) -> Stmt {
        match self.random.pick(&self.tasks).cloned() {
            Some(task) => Stmt::Cancel { task },
            None => self.sleep(place),
        }
    }

    fn raise(&mut self, _: &Place) -> Stmt {
        self.errors += 1;
        let error = format!("E{}", self.errors);
        Stmt::Raise { error }
    }

    fn try_(&mut self, place: &Place) -> Stmt {
        let inner = place.deeper();
        let block = self.block(&inner);
        let handler = self.random.one_in(3).then(|| self.block(&inner));
        let cleanup = (handler.is_none() || self.random.one_in(2)).then(|| self.block(&inner));
        Stmt::Try {
            block,
            handler,
            cleanup,
        }
    }

    fn limit(&mut self, place: &Place) -> Stmt {
        // What takes no time takes other numbers of turns (B-146, B-164).
        let zero = self.order == Order::PerTask && !place.branch && self.random.one_in(10);
        let ms = if zero { 0 } else { self.some_time() };
        let block = self.block(&place.deeper());
        if self.random.one_in(2) {
            Stmt::WaitFor { ms, block }
        } else {
            Stmt::Timeout { ms, block }
        }
    }

    fn children(
        &mut self,
        most: usize,
        child: impl Fn(&mut Self) -> crate::program::Body,
    ) -> Vec<crate::program::Body> {
        let number = self.random.between(1, most);
        (0..number).map(|_| child(self)).collect()
    }

    fn gather(&mut self, place: &Place) -> Stmt {
        let tasks = self.random.one_in(2);
        let inner = place.branch();
        let children = self.children(3, |this| match tasks {
            true => this.task(inner.depth),
            false => this.branch(&inner),
        });
        Stmt::Gather {
            children,
            return_exceptions: self.random.one_in(2),
            tasks,
        }
    }

    fn wait(&mut self, place: &Place) -> Stmt {
        let mut tasks = Vec::new();
        for _ in 0..self.random.between(1, 3) {
            tasks.extend(self.other(place).filter(|task| !tasks.contains(task)));
        }
        if tasks.is_empty() {
            return self.sleep(place);
        }
        let cases = [
            When::FirstCompleted,
            When::FirstException,
            When::AllCompleted,
        ];
        Stmt::Wait {
            tasks,
            return_when: cases[self.random.between(0, 2)],
            timeout: self.random.one_in(2).then(|| self.time()),
        }
    }

    fn group(&mut self, place: &Place) -> Stmt {
        let inner = place.branch();
        let children = self.children(3, |this| this.branch(&inner));
        let block = self.block(&inner);
        Stmt::Group { children, block }
    }

    fn shield(&mut self, place: &Place) -> Stmt {
        let name = self.name();
        let block = self.block(&Place::of_task(&name, place.depth + 1));
        Stmt::Shield {
            body: crate::program::Body { name, block },
        }
    }

    fn lock(&mut self, place: &Place) -> Stmt {
        let sort = if self.random.one_in(2) {
            "lock"
        } else {
            "semaphore"
        };
        let number = self.random.between(0, 1);
        if place.held.contains(&(sort, number)) {
            return self.sleep(place);
        }
        let mut inner = place.deeper();
        inner.held.push((sort, number));
        let block = self.block(&inner);
        match sort {
            "lock" => Stmt::Lock {
                lock: number,
                block,
            },
            _ => Stmt::Semaphore {
                semaphore: number,
                block,
            },
        }
    }

    fn event(&mut self, _: &Place) -> Stmt {
        let event = self.random.between(0, 1);
        match self.random.between(0, 4) {
            0 | 1 => Stmt::EventWait { event },
            2 | 3 => Stmt::EventSet { event },
            _ => Stmt::EventClear { event },
        }
    }

    fn condition(&mut self, _: &Place) -> Stmt {
        let condition = self.random.between(0, 1);
        if self.random.one_in(2) {
            return Stmt::ConditionWait { condition };
        }
        Stmt::Notify {
            condition,
            n: self.random.between(1, 3),
            ms: self.random.one_in(2).then(|| self.time()),
        }
    }

    fn barrier(&mut self, _: &Place) -> Stmt {
        let barrier = self.random.between(0, 1);
        Stmt::Barrier { barrier }
    }

    fn queue(&mut self, _: &Place) -> Stmt {
        let call = match self.random.between(0, 23) {
            0..8 => Call::Put,
            8..10 => Call::PutNowait,
            10..16 => Call::Get,
            16 => Call::GetNowait,
            17..20 => Call::TaskDone,
            20 | 21 => Call::Join,
            22 => Call::Shutdown,
            _ => Call::ShutdownImmediate,
        };
        let puts = matches!(call, Call::Put | Call::PutNowait);
        self.items += u32::from(puts);
        Stmt::Queue {
            queue: self.random.between(0, 1),
            call,
            item: puts.then_some(self.items),
        }
    }
}
