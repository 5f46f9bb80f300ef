//! What the checker explores: which steps there are, what each leads to, and what must hold in every state.

use stateright::{Model, Property};

use crate::action::Action;
use crate::call::{Mail, Status};
use crate::config::Sabotage;
use crate::connector::{Connector, killed, next_moment, pass_to};
use crate::moments::{OUTAGE, on_grid};
use crate::promises;
use crate::state::{QueuedMessage, World};
use crate::worker::Job;

impl Model for Connector {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        vec![World::begin(&self.config)]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        self.of_workers(world, actions);
        actions.extend((0..world.under_way.len()).map(|index| Action::Arrive { index }));
        for index in 0..world.callbacks.len() {
            let times: &[u8] = if world.mishaps > 0 { &[1, 0, 2] } else { &[1] };
            actions.extend(times.iter().map(|&times| Action::CallBack { index, times }));
        }
        self.of_people(world, actions);
        self.of_time(world, actions);
        if self.config.only_time_up {
            actions.retain(|action| matches!(action, Action::TimeUp { .. }) || !self.is_mishap(world, action));
        }
    }

    fn next_state(&self, last: &World, action: Action) -> Option<World> {
        let mut world = last.clone();
        world.mishaps -= u8::from(self.is_mishap(last, &action));
        match action {
            Action::Push { index, again } => {
                let status = world.pushes[index];
                if !again {
                    world.pushes.remove(index);
                }
                self.start(&mut world, Job::Push(status));
            }
            Action::Deliver { index, again } => {
                let mail = world.queued[index].mail.clone();
                if !again {
                    world.queued.remove(index);
                }
                self.start(&mut world, Job::Record(mail));
            }
            Action::Schedule => self.start(&mut world, Job::Schedule),
            Action::Call { worker, how } => self.call(&mut world, worker, how),
            Action::Kill { worker } => {
                let worker = world.workers.remove(worker);
                killed(&mut world, &worker);
            }
            Action::TimeUp { worker, effect } => self.time_up(&mut world, worker, effect),
            Action::Arrive { index } => world.arrive(&self.config, index),
            Action::CallBack { index, times } => {
                let request = world.callbacks.remove(index);
                if self.config.sabotage != Sabotage::NobodyListens {
                    let mail = Mail::UpdateRequest { request, received_at: world.now };
                    let message = QueuedMessage { visible_at: world.now, mail };
                    world.queued.extend(std::iter::repeat_n(message, times.into()));
                }
                world.requests[usize::from(request)].heard |= times > 0;
            }
            Action::Recruiter { orders } => {
                world.recruiter -= 1;
                world.status = if orders { Status::Trigger } else { Status::Rejected };
                let status = world.status;
                world.pushes.push(status);
            }
            Action::Move { request, to } => {
                world.moves -= 1;
                world.change(request, to.stage());
            }
            Action::Tick => pass_to(&mut world, next_moment(&self.config, last)?),
            Action::Outage => {
                let until = on_grid(world.now.after(OUTAGE));
                pass_to(&mut world, until);
            }
        }
        world.sort();
        Some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        promises::of(&self.config)
    }
}
