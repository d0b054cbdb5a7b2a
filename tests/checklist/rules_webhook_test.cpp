// H: what webhooks show of a service, one good and one bad day for each item.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "checklist/rules.hpp"
#include "observed_builder.hpp"
#include "said.hpp"

namespace apilab::cli::checklist {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Verdict = sandbox::Verdict;

Observed with(const Ran& ran) {
    return Seen().with(ran).made();
}

// An answer on Slack, in the thread of the message with that `ts`.
Row reply(std::string_view ts) {
    return Row("slack", "POST", "/api/chat.postMessage")
        .operation("chat.postMessage")
        .fact("thread", ts)
        .applied();
}
Told mention(std::string_view event, std::string_view ts) {
    return Told("slack", event, "event_callback").fact("ts", ts);
}

Ran signatures() {
    return Ran("webhooks")
        .check("WHK-02", Verdict::pass, "2 deliveries were refused")
        .check("WHK-03", Verdict::pass, "3 deliveries were refused");
}

TEST(ChecklistWebhooks, odd_bytes_are_taken_and_forged_ones_refused) {
    expect_said("H01", with(signatures().told(Told("github", "e1").fact("odd"))), State::pass,
                "1 genuine deliveries with odd blanks");
    expect_said("H01", with(signatures().told(Told("github", "e1").fact("odd").status(401))),
                State::fail, "in odd bytes, was refused with 401");
    expect_said("H01",
                with(Ran("webhooks")
                         .told(Told("github", "e1").fact("odd"))
                         .check("WHK-02", Verdict::pass, "refused")
                         .check("WHK-03", Verdict::fail, "unsigned was taken")),
                State::fail, "unsigned was taken");
    expect_said("H01", with(signatures().told(Told("github", "e1"))), State::untested,
                "no genuine webhook in odd bytes");
}

TEST(ChecklistWebhooks, what_is_out_of_time_or_comes_again_is_refused_or_does_nothing) {
    const auto dated = [](Verdict verdict) {
        return Ran("webhooks").check("WHK-04", verdict, "4 that were out of time");
    };
    expect_said("H02", with(dated(Verdict::pass)), State::pass, "4 that were out of time");
    expect_said("H02", with(dated(Verdict::fail)), State::fail, "4 that were out of time");
    expect_said("H02",
                with(dated(Verdict::pass)
                         .told(mention("e1", "1.1"))
                         .row(reply("1.1"))
                         .told(mention("e1", "1.1").copy("again"))
                         .row(reply("1.1"))),
                State::fail, "one event of slack's had 2 effects");
}

TEST(ChecklistWebhooks, a_secret_is_changed_without_a_refusal) {
    const auto rotated = [](int status) {
        return Ran("rotation")
            .told(Told("github", "e1").fact("via", "hub"))
            .told(Told("github", "e2").fact("via", "hub").status(status));
    };
    expect_said("H03", with(rotated(202)), State::pass, "2 deliveries were taken");
    expect_said("H03", with(rotated(401)), State::fail, "was answered 401");
    expect_said(
        "H03",
        with(rotated(202).check("WHK-11", Verdict::fail, "believed the former secret alone")),
        State::fail, "believed the former secret alone");
    expect_said("H03", with(Ran("rotation").told(Told("github", "e1").fact("via", "hub"))),
                State::untested, "no secret was changed");
}

// Three stretches: acknowledged and killed; what it does then; a start with nothing to do.
Ran killed_after_answer(int before, int after, int usual) {
    const Row work("npm", "GET", "/left-box");
    return Ran("gap")
        .told(Told("github", "e1"))
        .rows(before, work)
        .killed()
        .rows(after, work)
        .killed()
        .rows(usual, work);
}

TEST(ChecklistWebhooks, an_acknowledged_event_is_worked_on_after_a_kill) {
    const auto quick = Ran("webhooks").told(Told("slack", "e1").took(milliseconds(40)));
    const auto seen = [&](const Ran& gap) { return Seen().with(quick).with(gap).made(); };
    expect_said("H04", seen(killed_after_answer(0, 7, 1)), State::pass,
                "0 requests before the kill, 7 after the next start, 1 after a start");
    expect_said("H04", seen(killed_after_answer(0, 1, 1)), State::fail, "1 after the next start");
    expect_said("H04", seen(killed_after_answer(7, 1, 1)), State::untested, "done in time");
    expect_said("H04", seen(Ran("gap").told(Told("github", "e1").status(503))), State::untested,
                "not killed");
}

TEST(ChecklistWebhooks, what_was_begun_may_wait_for_the_end_of_its_lease) {
    const auto quick = Ran("webhooks").told(Told("slack", "e1").took(milliseconds(40)));
    const auto seen = [&](std::string_view metrics) {
        return Seen().with(quick).with(killed_after_answer(0, 1, 1).metrics(metrics)).made();
    };
    expect_said("H04", seen("queue_jobs{state=\"running\"} 1\n"), State::pass, "lies in its queue");
    expect_said("H04", seen("queue_jobs{state=\"running\"} 0\n"), State::fail, "right after");
    expect_said("H04", seen("queue_jobs{state=\"dead\"} 1\n"), State::fail, "right after");
}

TEST(ChecklistWebhooks, an_answer_after_half_of_the_senders_patience_is_late) {
    const auto slow = Ran("webhooks").told(Told("slack", "e1").took(milliseconds(1600)));
    expect_said("H04", Seen().with(slow).with(killed_after_answer(0, 7, 1)).made(), State::fail,
                "slack waited 1.6 s for an answer, and gives up after 3 s");
    // GitHub waits ten.
    const auto patient = Ran("webhooks").told(Told("github", "e1").took(milliseconds(1600)));
    expect_said("H04", Seen().with(patient).with(killed_after_answer(0, 7, 1)).made(), State::pass,
                "the slowest after 1.6 s");
}

TEST(ChecklistWebhooks, a_copy_does_nothing) {
    const auto twins = [](int replies, int status) {
        return Ran("webhooks")
            .told(mention("e1", "1.1"))
            .told(mention("e1", "1.1").copy("twin").status(status))
            .rows(replies, reply("1.1"));
    };
    expect_said("H05", with(twins(1, 200)), State::pass, "1 events came more than once");
    expect_said("H05", with(twins(2, 200)), State::fail, "had 2 effects");
    expect_said("H05", with(twins(1, 409)), State::fail, "a copy from slack was refused with 409");
    expect_said("H05", with(Ran("webhooks").told(mention("e1", "1.1"))), State::untested,
                "no event was answered twice");
}

TEST(ChecklistWebhooks, without_a_name_in_what_is_written_the_number_of_writes_tells_of_copies) {
    const Row post = Row("slack", "POST", "/api/chat.postMessage").applied();
    const auto copied = [&](int posts) {
        return Ran("webhooks")
            .told(Told("github", "e1"))
            .told(Told("github", "e1").copy("again"))
            .told(Told("github", "e2"))
            .rows(posts, post);
    };
    expect_said("H05", with(copied(2)), State::pass, "2 events and 1 copies of them were taken; 2");
    expect_said("H05", with(copied(3)), State::fail, "3 writes of one kind");
    // Or by what one event costs where nothing is doubled.
    const auto calm =
        Ran("calm").told(Told("github", "c1")).rows(4, Row("npm", "GET", "/left-box"));
    const auto reads = [&](int count) {
        return Seen().with(calm).with(copied(0).rows(count, Row("npm", "GET", "/left-box"))).made();
    };
    expect_said("H05", reads(8), State::pass, "8 requests followed");
    expect_said("H05", reads(12), State::fail,
                "12 requests followed, where one event alone costs 4");
}

TEST(ChecklistWebhooks, an_older_state_is_not_written_over_a_newer_one) {
    const Told late = Told("notion", "e1", "page.created").fact("object", "p1").fact("late");
    const Row read("notion", "GET", "/v1/pages/p1");
    expect_said("H06", with(Ran("webhooks").told(late).row(read)), State::pass,
                "the provider was asked for what is true");
    expect_said("H06", with(Ran("webhooks").told(late)), State::untested,
                "1 older states came after newer ones, and nothing was asked");
    const Row write = Row("notion", "PATCH", "/v1/pages/p1").fact("makes", "from e1").applied();
    expect_said("H06", with(Ran("webhooks").told(late).row(write)), State::fail,
                "an older state from notion was acted on");
    // To have read something of somebody else's meanwhile is no excuse.
    expect_said("H06",
                with(Ran("webhooks").told(late).row(Row("npm", "GET", "/left-box")).row(write)),
                State::fail, "an older state from notion was acted on");
    expect_said("H06", with(Ran("webhooks").told(late).row(read).row(write)), State::pass,
                "1 older");
    expect_said("H06",
                with(Ran("webhooks").check("WHK-07", Verdict::fail, "ended as it had been before")),
                State::fail, "ended as it had been before");
}

TEST(ChecklistWebhooks, what_only_a_redelivery_brought_is_worked_on) {
    const auto again = [](int replies, int status) {
        return Ran("webhooks")
            .told(mention("e0", "1.0"))
            .row(reply("1.0"))
            .told(mention("e1", "1.1").status(0).fact("lost"))
            .told(mention("e1", "1.1").fact("attempt", "2").status(status))
            .rows(replies, reply("1.1"));
    };
    expect_said("H07", with(again(1, 200)), State::pass, "with their redelivery alone");
    expect_said("H07", with(again(0, 200)), State::fail, "had 0 effects");
    expect_said("H07", with(again(0, 403)), State::fail, "was answered 403");
    expect_said("H07", with(Ran("webhooks").told(mention("e0", "1.0"))), State::untested,
                "nothing had to be sent again");
}

TEST(ChecklistWebhooks, a_new_type_is_taken_and_counted) {
    const auto news = [](int status) {
        return Ran("webhooks")
            .told(Told("github", "e1", "repository_weather").fact("quiet").status(status));
    };
    const auto counted = "webhooks_unhandled_total{sender=\"github\"} 1\n";
    expect_said("H08", with(news(202).metrics(counted)), State::pass, "answered 2xx and counted");
    expect_said("H08", with(news(202).metrics("webhooks_total 1\n")), State::fail, "none of the");
    expect_said("H08", with(news(202).metrics("webhooks_unhandled_total{sender=\"github\"} 0\n")),
                State::fail, "none of the metrics counts them");
    expect_said("H08", with(news(202)), State::fail, "there are no metrics");
    expect_said("H08", with(news(400).metrics(counted)), State::fail, "was answered 400");
    // One that is refused is one too many, and what was forged has to be.
    const Told other = Told("github", "e2", "repository_rain").fact("quiet").status(400);
    expect_said("H08", with(news(202).metrics(counted).told(other)), State::fail, "1 of 2: ");
    expect_said("H08", with(news(202).metrics(counted).told(Told(other).truth("forged"))),
                State::pass, "answered 2xx and counted");
    expect_said("H08", with(Ran("webhooks").told(Told("github", "e1"))), State::untested,
                "no event of an unknown type");
}

Manifest listening(std::vector<std::string> events) {
    Manifest manifest;
    manifest.service.webhooks["github"] = "/hooks";
    auto github = Seen::good("github");
    github.events = std::move(events);
    manifest.integrations.push_back(std::move(github));
    return manifest;
}

TEST(ChecklistWebhooks, each_event_that_is_subscribed_to_is_handled) {
    const auto seen = [](std::vector<std::string> events) {
        return Seen()
            .manifest(listening(std::move(events)))
            .file("src/hooks.js", "// hooks\nif (type === 'push') check();\n")
            .file("integrations.toml", "events = [\"star\"]\n")
            .made();
    };
    const auto handled = said("H09", seen({"push"}));
    EXPECT_EQ(handled.state, State::pass) << handled.sentence;
    EXPECT_THAT(handled.sentence, testing::HasSubstr("each of 1 events"));
    EXPECT_EQ(handled.evidence.front().text, "src/hooks.js:2");
    expect_said("H09", seen({"push", "star"}), State::fail, "star of github is subscribed to");
    expect_said("H09", seen({"*"}), State::fail, "all events of github");
    expect_said("H09", seen({}), State::fail, "it is not said which events");
    expect_said("H09", Observed(), State::untested, "the manifest names no webhooks");
    // The wire shows it, too.
    expect_said(
        "H09",
        Seen()
            .manifest(listening({"push"}))
            .with(Ran("calm").told(Told("github", "e1")).row(Row("npm", "GET", "/left-box")))
            .made(),
        State::pass, "each of 1 events");
}

TEST(ChecklistWebhooks, what_did_not_arrive_is_asked_for) {
    const Told missed = Told("github", "e1").fact("via", "hub").status(0);
    const Told again = Told("github", "e1").fact("via", "hub").copy("redelivery");
    const Told arrived = Told("github", "e0").fact("via", "hub");
    expect_said("H10", with(Ran("gap").told(arrived).told(missed).told(again)), State::pass,
                "1 events that had not arrived");
    expect_said("H10", with(Ran("gap").told(arrived).told(missed)), State::fail,
                "nobody asked for it");
    expect_said(
        "H10",
        with(Ran("gap").told(missed).told(Told("github", "e1").copy("redelivery").status(500))),
        State::fail, "was not taken");
    expect_said("H10", with(Ran("gap").told(arrived).told(Told("github", "e0").copy("redelivery"))),
                State::fail, "that had arrived was asked for again");
    expect_said("H10", with(Ran("gap").told(arrived)), State::untested, "every event arrived");
}

constexpr std::string_view two_dead = R"({"jobs":[{"id":1,"reason":"404"},{"id":2}]})";
constexpr std::string_view one_dead = R"({"jobs":[{"id":2}]})";

// Two are dead, then one is delivered again, and then so many are dead.
Ran redelivered(int status, std::string_view afterwards) {
    return Ran("webhooks")
        .probe("GET /api/dead", 200, two_dead)
        .probed_at(seconds(1))
        .probe("redeliver POST /again", status)
        .probed_at(seconds(2))
        .probe("GET /api/dead", 200, afterwards)
        .probed_at(seconds(4));
}

TEST(ChecklistWebhooks, dead_letters_can_be_seen_and_delivered_again) {
    Manifest manifest;
    manifest.service.dead_letters = "/api/dead";
    manifest.service.redeliver = R"(POST /again {"job": {jobs.id}})";
    const auto seen = [&](const Ran& ran) { return Seen().manifest(manifest).with(ran).made(); };
    const auto written = reply("1.1").at(seconds(3));
    expect_said("H11", seen(redelivered(202, one_dead).row(written)), State::pass,
                "/api/dead showed 2 of what had failed for good; one was delivered again: 1 thing "
                "was written, and 1 of 2 were left");
    expect_said("H11", seen(redelivered(404, one_dead).row(written)), State::fail,
                "was answered 404");
    expect_said("H11", seen(redelivered(202, two_dead).row(written)), State::fail,
                "2 of 2 were dead still");
    // What was written before is not because of it.
    expect_said("H11", seen(redelivered(202, one_dead).row(reply("1.1").at(seconds(1)))),
                State::fail, "0 things were written");
    expect_said("H11", seen(Ran("webhooks").probe("GET /api/dead", 200, two_dead)), State::untested,
                "none was delivered again");
    manifest.service.redeliver.clear();
    expect_said("H11", seen(Ran("webhooks").probe("GET /api/dead", 200, two_dead)), State::fail,
                "names nothing that delivers");
}

TEST(ChecklistWebhooks, where_nothing_is_dead_nothing_is_seen_of_dead_letters) {
    Manifest manifest;
    manifest.service.dead_letters = "/api/dead";
    manifest.service.redeliver = "POST /again/{id}";
    const auto seen = [&](const Ran& ran) { return Seen().manifest(manifest).with(ran).made(); };
    expect_said("H11", seen(Ran("webhooks").probe("GET /api/dead", 404)), State::fail,
                "/api/dead answered 404");
    expect_said("H11", Observed(), State::fail, "the manifest names no place");
    expect_said("H11", seen(Ran("calm").probe("GET /api/dead", 200, R"({"jobs":[]})")),
                State::untested, "nothing had failed for good");
    expect_said("H11", seen(Ran("calm")), State::untested, "not asked for");
}

TEST(ChecklistWebhooks, our_own_messages_are_left_alone) {
    const Told own = mention("e1", "1.1").fact("own");
    const Told others = mention("e2", "1.2");
    expect_said("H12", with(Ran("webhooks").told(own).told(others).row(reply("1.2"))), State::pass,
                "1 messages of our own bot");
    expect_said("H12", with(Ran("webhooks").told(own).row(reply("1.1"))), State::fail,
                "was answered with 1 more");
    // What names event 12 does not name event 1.
    const Row answer =
        Row("slack", "POST", "/api/chat.postMessage").fact("makes", "answer to e12").applied();
    expect_said("H12", with(Ran("webhooks").told(own).told(mention("e12", "1.3")).row(answer)),
                State::pass, "1 messages of our own bot");
    expect_said("H12", with(Ran("webhooks").told(own)), State::untested, "nobody else's");
    expect_said("H12", with(Ran("webhooks").told(others)), State::untested, "came back");
}

TEST(ChecklistWebhooks, a_subscription_that_was_switched_off_is_noticed) {
    auto manifest = listening({"push"});
    manifest.alerts = "alerts.yml";
    const auto seen = [&](const Ran& ran, std::string_view alerts = "") {
        return Seen().manifest(manifest).file("alerts.yml", alerts).with(ran).made();
    };
    expect_said("H13", seen(Ran("gap").log(R"({"message":"the hook is inactive"})")), State::pass,
                "the log says that the subscription was switched off");
    const auto last = Ran("gap").metrics("webhook_last_timestamp_seconds{sender=\"github\"} 5\n");
    expect_said("H13", seen(last, "expr: time() - webhook_last_timestamp_seconds > 9\n"),
                State::pass, "an alert fires when it is silent");
    expect_said("H13", seen(last), State::fail, "nothing looks at the subscription");
    expect_said("H13", seen(Ran("gap").row(Row("github", "GET", "/hook").operation("get_hook"))),
                State::fail, "looked at its subscription 1 times");
}

TEST(ChecklistWebhooks, without_the_episode_nothing_is_shown) {
    for (const auto& rule : webhook_rules()) {
        if (rule.item != "H11") {  // there the manifest alone decides
            EXPECT_EQ(rule.rule(Observed()).state, State::untested) << rule.item;
        }
    }
}

}  // namespace
}  // namespace apilab::cli::checklist
