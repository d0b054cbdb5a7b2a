#include "internal/life.hpp"

#include <gtest/gtest.h>

#include "apilab/runtime/virtual_scheduler.hpp"

namespace exercise::internal {
namespace {

using namespace std::chrono_literals;
using apilab::Duration;
using apilab::ErrorKind;
using apilab::Outcome;
using apilab::Result;
using apilab::SteadyTime;
using apilab::http::Request;
using apilab::http::Response;
using apilab::runtime::CallContext;
using apilab::runtime::Event;
using apilab::runtime::Scheduler;
using apilab::runtime::Task;
using apilab::runtime::TaskGroup;

// Counts what it is asked, and answers after a second.
struct Slow final : apilab::runtime::Service {
    explicit Slow(Scheduler& its_scheduler) : scheduler(its_scheduler) {}
    Task<Result<Response>> call(Request, CallContext) override {
        ++begun;
        (void)co_await scheduler.sleep_for(1s);
        ++answered;
        co_return Response(200);
    }
    Scheduler& scheduler;
    int begun = 0;
    int answered = 0;
};

// What a test stands on: lives go after the scheduler, as in a run.
struct World {
    Lives lives;
    apilab::runtime::VirtualScheduler scheduler;
    struct Closing {
        Lives& lives;
        ~Closing() { lives.close(); }
    } closing{lives};
    Slow server{scheduler};
    apilab::transport::LoopbackTransport way{scheduler, server};
    Doorway doorway{scheduler};
    const Request request = Request::get(*apilab::http::Url::parse("http://program.test/"));

    Life& live() { return lives.begin(scheduler, way); }
};

Task<void> count_seconds(Scheduler& scheduler, int& seconds) {
    while (true) {
        (void)co_await scheduler.sleep_for(1s);
        ++seconds;
    }
}

TEST(Life, does_nothing_more_once_it_is_killed) {
    int seconds = 0;
    World world;
    Life& life = world.live();
    life.tasks.spawn(count_seconds(life.scheduler, seconds));
    world.scheduler.advance(3500ms);
    EXPECT_EQ(seconds, 3);
    life.scheduler.kill();
    world.scheduler.advance(1h);
    EXPECT_EQ(seconds, 3);
}

Task<void> send_and_note(Life& life, Request request, bool& answered) {
    (void)co_await life.transport.call(std::move(request), {});
    answered = true;
}

TEST(Life, what_it_had_sent_arrives_and_its_answer_is_not_read) {
    bool answered = false;
    World world;
    Life& life = world.live();
    life.tasks.spawn(send_and_note(life, world.request, answered));
    world.scheduler.advance(500ms);
    life.scheduler.kill();
    world.scheduler.advance(1h);
    EXPECT_EQ(world.server.answered, 1);
    EXPECT_FALSE(answered);
}

Task<void> wait_for(Scheduler& scheduler, Event& event, bool& woken) {
    (void)co_await scheduler.wait(&event, SteadyTime::max());
    woken = true;
}

TEST(Life, neither_an_event_nor_a_cancellation_wakes_the_dead) {
    bool woken = false;
    Event event;
    World world;
    Life& life = world.live();
    life.tasks.spawn(wait_for(life.scheduler, event, woken));
    world.scheduler.poll();
    life.scheduler.kill();
    event.set();
    world.scheduler.poll();
    life.tasks.cancel();
    world.scheduler.advance(1h);
    EXPECT_FALSE(woken);
}

TEST(Life, another_one_lives_on) {
    int first = 0;
    int second = 0;
    World world;
    Life& one = world.live();
    one.tasks.spawn(count_seconds(one.scheduler, first));
    one.scheduler.kill();
    Life& two = world.live();
    two.tasks.spawn(count_seconds(two.scheduler, second));
    world.scheduler.advance(2s);
    EXPECT_EQ(first, 0);
    EXPECT_EQ(second, 2);
    two.scheduler.kill();
}

struct Asked {
    std::optional<Result<Response>> answer;
    Duration took{};
};

Task<void> ask(World& world, Asked& asked) {
    const SteadyTime begin = world.scheduler.now();
    asked.answer = co_await world.doorway.call(world.request, {});
    asked.took = world.scheduler.now() - begin;
}

TEST(Doorway, refuses_where_nobody_listens) {
    World world;
    Asked asked;
    apilab::runtime::run(world.scheduler, ask(world, asked));
    ASSERT_FALSE(*asked.answer);
    EXPECT_EQ(asked.answer->error().kind(), ErrorKind::connect);
    EXPECT_EQ(asked.answer->error().outcome(), Outcome::not_sent);
}

TEST(Doorway, leads_to_who_listens) {
    World world;
    Life& life = world.live();
    Slow program(life.scheduler);
    world.doorway.open(life, program);
    Asked asked;
    apilab::runtime::run(world.scheduler, ask(world, asked));
    EXPECT_EQ(asked.answer->value().status(), 200);
    EXPECT_EQ(asked.took, 1s);
}

TEST(Doorway, who_waits_for_a_killed_program_has_lost_the_connection_at_once) {
    World world;
    Life& life = world.live();
    Slow program(life.scheduler);
    world.doorway.open(life, program);
    Asked asked;
    TaskGroup caller(world.scheduler);
    caller.spawn(ask(world, asked));
    world.scheduler.advance(300ms);
    world.doorway.close();
    life.scheduler.kill();
    world.scheduler.advance(0ns);
    ASSERT_TRUE(asked.answer);
    EXPECT_EQ(asked.answer->error().kind(), ErrorKind::connection_lost);
    EXPECT_EQ(asked.answer->error().outcome(), Outcome::unknown);
    EXPECT_EQ(asked.took, 300ms);
    world.scheduler.advance(1h);
    EXPECT_EQ(program.begun, 1);
    EXPECT_EQ(program.answered, 0);
    apilab::runtime::run(world.scheduler, caller.join());
}

TEST(Doorway, refuses_again_once_the_program_is_gone) {
    World world;
    Life& life = world.live();
    Slow program(life.scheduler);
    world.doorway.open(life, program);
    world.doorway.close();
    Asked asked;
    TaskGroup caller(world.scheduler);
    caller.spawn(ask(world, asked));
    world.scheduler.advance(0ns);
    ASSERT_TRUE(asked.answer);
    ASSERT_FALSE(*asked.answer);
    EXPECT_EQ(asked.answer->error().kind(), ErrorKind::connect);
    EXPECT_EQ(program.begun, 0);
    apilab::runtime::run(world.scheduler, caller.join());
}

TEST(Doorway, an_impatient_caller_does_not_wait_for_the_program) {
    World world;
    Life& life = world.live();
    Slow program(life.scheduler);
    world.doorway.open(life, program);
    CallContext context;
    context.timeouts.first_byte = 200ms;
    const auto answer =
        apilab::runtime::run(world.scheduler, world.doorway.call(world.request, context));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind(), ErrorKind::timeout);
}

}  // namespace
}  // namespace exercise::internal
