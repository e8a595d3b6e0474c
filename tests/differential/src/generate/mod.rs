//! Random programs, by their seeds.
//!
//! None does what cannot be written in Rust: to catch a `CancelledError`, to await oneself.

mod random;
mod statements;

use crate::program::{Block, Body, Order, Program, Stmt};
use random::Random;
use std::sync::Arc;

/// The program of a seed. Of even ones the whole order is compared, and there are ties everywhere; odd ones
/// have everything in them.
#[must_use]
pub fn program(seed: u64) -> Program {
    let order = if seed.is_multiple_of(2) {
        Order::Total
    } else {
        Order::PerTask
    };
    let mut random = Random::new(seed);
    let mut numbers = |low, high| (0..2).map(|_| random.between(low, high)).collect();
    let (semaphores, barriers, queues) = (numbers(1, 2), numbers(2, 3), numbers(0, 2));
    let mut generator = Generator {
        random,
        order,
        named: 0,
        errors: 0,
        items: 0,
        tasks: Vec::new(),
        times: Vec::new(),
        left: 36,
    };
    let main = generator.main();
    Program {
        seed,
        order,
        semaphores,
        barriers,
        queues,
        main,
    }
}

struct Generator {
    random: Random,
    order: Order,
    named: usize,
    errors: usize,
    items: u32,
    /// Those that can be cancelled, awaited, waited for.
    tasks: Vec<Arc<str>>,
    /// That were used, to have some twice.
    times: Vec<u64>,
    /// How many statements it may still make.
    left: usize,
}

/// Where a statement stands.
#[derive(Clone)]
struct Place {
    /// The task that it is part of.
    root: Arc<str>,
    depth: usize,
    /// It is beside others in the same task.
    branch: bool,
    /// Locks and semaphores that are held: to take one again would wait for ever.
    held: Vec<(&'static str, usize)>,
}

impl Place {
    fn of_task(name: &Arc<str>, depth: usize) -> Self {
        Place {
            root: Arc::clone(name),
            depth,
            branch: false,
            held: Vec::new(),
        }
    }

    fn deeper(&self) -> Self {
        let mut place = self.clone();
        place.depth += 1;
        place
    }

    fn branch(&self) -> Self {
        let mut place = self.deeper();
        place.branch = true;
        place
    }
}

impl Generator {
    fn main(&mut self) -> Block {
        let name: Arc<str> = "main".into();
        let place = Place::of_task(&name, 0);
        let mut main = Vec::new();
        for _ in 0..self.random.between(1, 4) {
            let body = self.task(1);
            main.push(Stmt::Spawn { body });
        }
        if self.random.one_in(4) {
            self.tasks.push(name);
        }
        let length = self.random.between(2, 6);
        self.fill(&mut main, &place, length);
        Arc::new(main)
    }

    fn name(&mut self) -> Arc<str> {
        self.named += 1;
        format!("t{}", self.named).into()
    }

    /// A task that others know of as soon as there is one.
    fn task(&mut self, depth: usize) -> Body {
        let name = self.name();
        self.tasks.push(Arc::clone(&name));
        let block = self.block(&Place::of_task(&name, depth));
        Body { name, block }
    }

    /// What runs beside others without being a task.
    fn branch(&mut self, place: &Place) -> Body {
        let name = self.name();
        let block = self.block(place);
        Body { name, block }
    }

    fn block(&mut self, place: &Place) -> Block {
        let length = self.random.between(1, 4);
        let mut block = Vec::new();
        self.fill(&mut block, place, length);
        Arc::new(block)
    }

    fn fill(&mut self, block: &mut Vec<Stmt>, place: &Place, length: usize) {
        for _ in 0..length {
            if self.left == 0 {
                break;
            }
            self.left -= 1;
            let stmt = self.stmt(place);
            let is_last = matches!(stmt, Stmt::Raise { .. });
            block.push(stmt);
            if is_last {
                break;
            }
        }
        if block.is_empty() {
            let ms = self.time();
            block.push(Stmt::Sleep { ms });
        }
    }

    /// A time that is not zero.
    fn some_time(&mut self) -> u64 {
        let again = self.random.pick(&self.times).copied();
        if let Some(ms) = again
            && self.order == Order::PerTask
            && self.random.one_in(12)
        {
            return ms;
        }
        let most = match self.order {
            Order::Total => 6,
            Order::PerTask => 900,
        };
        let ms = self.random.between(1, most) as u64;
        self.times.push(ms);
        ms
    }

    fn time(&mut self) -> u64 {
        // A turn of the loop is no time, where turns are not compared.
        if self.order == Order::Total && self.random.one_in(8) {
            return 0;
        }
        self.some_time()
    }
}
