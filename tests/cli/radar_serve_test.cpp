// apilab radar serve as a process of its own: it starts with nothing, keeps what it acknowledged
// whatever ends it, and ends when it is told to. apilab radar jobs and config beside it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/json/parse.hpp>
#include <csignal>

#include "apilab/base/clock.hpp"
#include "apilab/work/sqlite_store.hpp"
#include "hook_listener.hpp"
#include "program.hpp"
#include "running_radar.hpp"

namespace apilab::cli_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;
namespace json = boost::json;

constexpr const char* hook_secret = "It's a Secret to Everybody";

// It takes connections, and says nothing.
class Mute {
public:
    [[nodiscard]] std::string url() const {
        return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
    }

private:
    boost::asio::io_context context_;
    boost::asio::ip::tcp::acceptor acceptor_{context_,
                                             {boost::asio::ip::address_v4::loopback(), 0}};
};

class RadarServe : public testing::Test {
protected:
    [[nodiscard]] Words store_words(Words words) const {
        words.insert(words.begin(), "radar");
        words.insert(words.end(), {"--store", "sqlite:" + (dir.path() / "radar.db").string()});
        return words;
    }
    [[nodiscard]] Finished radar(const Words& words) const {
        return apilab(store_words(words), variables, dir.path());
    }
    // Once there are so many; what there is, also where that did not happen in time.
    [[nodiscard]] json::array jobs(std::size_t count, const Words& filter) const {
        Words words{"jobs", "list"};
        words.insert(words.end(), filter.begin(), filter.end());
        return lines_once_there_are(count, store_words(words), variables);
    }
    [[nodiscard]] Finished get(const RunningRadar& at, const std::string& path) const {
        return apilab({"call", "GET", at.url() + path, "--fail"}, variables, dir.path());
    }
    // A webhook of GitHub's, signed by `hook sign`.
    [[nodiscard]] Finished push(const RunningRadar& to, const std::string& id,
                                const std::string& secret = "env:RADAR_GITHUB_WEBHOOK_SECRET") {
        const std::string text =
            R"({"ref":"refs/heads/main","repository":{"full_name":"a/)" + id + "\"}}";
        const auto headers =
            apilab({"hook", "sign", "--scheme", "github", "--secret", secret, dir.write(id, text)},
                   variables);
        EXPECT_EQ(headers.code, 0) << headers.err;
        // `X-Hub-Signature-256: sha256=...`
        auto with_signature = variables;
        with_signature["SIGNATURE"] =
            headers.out.substr(headers.out.find(": ") + 2, std::string("sha256=").size() + 64);
        return apilab({"call", "POST", to.url() + "/webhooks/github", "--fail", "--raw", text,
                       "content-type:application/json", "x-github-event:push",
                       "x-github-delivery:" + id, "x-hub-signature-256:env:SIGNATURE"},
                      with_signature, dir.path());
    }
    // A project whose sources never answer.
    [[nodiscard]] Words mute_flags() const {
        return {"--watch", "webshop=" + webshop(),   "--set", "urls.npm=" + mute.url(),
                "--set",   "urls.osv=" + mute.url(), "--set", "urls.github=" + mute.url()};
    }

    TempDir dir;
    Mute mute;
    Variables variables = {{"RADAR_GITHUB_WEBHOOK_SECRET", hook_secret},
                           {"OTHER_SECRET", "somebody else's"}};
};

TEST_F(RadarServe, with_nothing_configured_it_starts_and_says_what_to_do_next) {
    variables.clear();
    RunningRadar radar(dir.path(), variables);
    EXPECT_EQ(get(radar, "/livez").code, 0);
    EXPECT_EQ(get(radar, "/readyz").code, 0);
    EXPECT_EQ(get(radar, "/").code, 0);
    EXPECT_EQ(get(radar, "/webhooks/github").code, 22);
    radar.signal(SIGTERM);
    const auto ended = radar.wait();
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_THAT(ended.out, AllOf(HasSubstr("nothing is watched yet"), HasSubstr("--watch")));
    EXPECT_FALSE(fs::exists(radar.ready_file()));
    EXPECT_EQ(fs::status(dir.path() / "radar.db").permissions(),
              fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(RadarServe, ctrl_c_is_as_good_as_sigterm) {
    RunningRadar radar(dir.path(), variables);
    radar.signal(SIGINT);
    EXPECT_EQ(radar.wait().code, 0);
}

TEST_F(RadarServe, with_a_wrong_configuration_it_says_all_of_it_and_makes_nothing) {
    const auto file = dir.write("wrong.toml", "port = 'x'\n[slack]\ntoken = 'xoxb-SECRET'\n");
    const auto ended = radar({"serve", "--config", file});
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.err, AllOf(HasSubstr("wrong.toml:1: port"),
                                 HasSubstr("wrong.toml:3: slack.token"), Not(HasSubstr("SECRET"))));
    EXPECT_FALSE(fs::exists(dir.path() / "radar.db"));
    EXPECT_EQ(radar({"serve", "--config", "nothing.toml"}).code, 2);
    EXPECT_EQ(radar({"serve", "--listen", "8080"}).code, 2);
    EXPECT_EQ(radar({"serve", "--set", "nonsense"}).code, 2);
    EXPECT_EQ(radar({"serve", "--shared", "rediss://127.0.0.1"}).code, 2) << "no TLS there";
}

TEST_F(RadarServe, a_port_that_is_taken_ends_it_with_that_word) {
    const RunningRadar first(dir.path(), variables);
    const auto port = first.url().substr(first.url().rfind(':') + 1);
    const auto ended = radar({"serve", "--listen", "127.0.0.1:" + port});
    EXPECT_NE(ended.code, 0);
    EXPECT_THAT(ended.err, HasSubstr(port));
}

TEST_F(RadarServe, a_webhook_that_hook_sign_signed_becomes_a_job_and_no_other_does) {
    RunningRadar radar(dir.path(), variables);
    EXPECT_EQ(push(radar, "one").code, 0);
    EXPECT_EQ(push(radar, "forged", "env:OTHER_SECRET").code, 22);
    EXPECT_EQ(push(radar, "one").code, 0) << "a copy is taken and does nothing";
    const auto done = jobs(1, {"--kind", "github", "--state", "done"});
    ASSERT_EQ(done.size(), 1U);
    EXPECT_EQ(done[0].at("idempotency_key"), "github:one");
    radar.signal(SIGTERM);
    const auto ended = radar.wait();
    EXPECT_EQ(ended.code, 0);
    EXPECT_THAT(ended.out,
                AllOf(HasSubstr(R"("delivery_id":"one")"), HasSubstr(R"("status":401)")));
    EXPECT_THAT(ended.out + ended.err + read_text(dir.path() / "radar.db"),
                Not(HasSubstr(hook_secret)));
}

TEST_F(RadarServe, told_to_end_it_gives_back_what_a_slow_source_holds_up_and_is_gone_in_time) {
    auto flags = mute_flags();
    flags.insert(flags.end(), {"--set", "grace=2s"});
    RunningRadar radar(dir.path(), variables, flags);
    ASSERT_EQ(jobs(1, {"--state", "running"}).size(), 1U);
    radar.signal(SIGTERM);
    const auto ended = radar.wait(std::chrono::seconds(5));  // then it is killed
    EXPECT_EQ(ended.code, 0) << ended.err;
    const auto waiting = jobs(1, {"--state", "available"});
    ASSERT_EQ(waiting.size(), 1U);
    EXPECT_EQ(waiting[0].at("attempt"), 0) << "the attempt is not spent";
}

TEST_F(RadarServe, told_to_end_it_is_not_ready_and_still_takes_what_routers_send_it) {
    RunningRadar radar(dir.path(), variables, {"--set", "drain=5s", "--set", "grace=10s"});
    ASSERT_EQ(get(radar, "/readyz").code, 0);
    radar.signal(SIGTERM);
    const auto ask = [&] {
        return apilab({"call", "GET", radar.url() + "/readyz", "--fail", "--retries", "0"},
                      variables, dir.path());
    };
    auto readiness = ask();
    while (readiness.code == 0) {  // the signal is on its way
        readiness = ask();
    }
    EXPECT_EQ(readiness.code, 22) << "an answer: 503";
    EXPECT_THAT(readiness.out, HasSubstr("stopping"));
    EXPECT_EQ(push(radar, "late").code, 0);
    radar.signal(SIGTERM);
    EXPECT_EQ(radar.wait().code, 143);
    EXPECT_EQ(jobs(1, {"--kind", "github"}).size(), 1U) << "what was acknowledged is kept";
}

TEST_F(RadarServe, a_second_signal_waits_for_nothing) {
    auto flags = mute_flags();
    flags.insert(flags.end(), {"--set", "grace=60s"});
    RunningRadar radar(dir.path(), variables, flags);
    ASSERT_EQ(jobs(1, {"--state", "running"}).size(), 1U);
    radar.signal(SIGTERM);
    while (!radar.ended(std::chrono::milliseconds(20))) {
        radar.signal(SIGTERM);
    }
    EXPECT_EQ(radar.wait().code, 143);
}

TEST_F(RadarServe, killed_it_loses_nothing_that_it_acknowledged) {
    constexpr int count = 5;
    {
        RunningRadar radar(dir.path(), variables);
        EXPECT_EQ(this->radar({"jobs", "pause", "--reason", "upkeep"}).code, 0);
        for (int i = 0; i < count; ++i) {
            EXPECT_EQ(push(radar, "delivery-" + std::to_string(i)).code, 0);
        }
        radar.signal(SIGKILL);
        EXPECT_EQ(radar.wait().code, 128 + SIGKILL);
    }
    EXPECT_EQ(jobs(count, {"--state", "available"}).size(), std::size_t{count});
    RunningRadar again(dir.path(), variables);
    EXPECT_EQ(push(again, "delivery-0").code, 0) << "known already";
    EXPECT_EQ(radar({"jobs", "resume"}).code, 0);
    EXPECT_EQ(jobs(count, {"--state", "done"}).size(), std::size_t{count});
    again.signal(SIGTERM);
    EXPECT_EQ(again.wait().code, 0);
}

class RadarJobs : public RadarServe {
protected:
    void SetUp() override {
        const auto store = work::SqliteStore::open(dir.path() / "radar.db").value();
        const auto now = RealClock().system_now();
        for (const auto* kind : {"check", "check", "digest"}) {
            ASSERT_TRUE(store->enqueue({.queue = "radar", .kind = kind}, now));
            const auto claimed = store->claim({.queue = "radar"}, now).value();
            ASSERT_TRUE(store->bury(claimed.at(0).ref, std::string("no ") + kind, now).value());
        }
    }
};

TEST_F(RadarJobs, dead_letters_are_listed_and_tried_again_one_or_by_filter) {
    EXPECT_EQ(jobs(3, {"--state", "dead"}).size(), 3U);
    EXPECT_THAT(radar({"jobs", "dead"}).out, AllOf(HasSubstr("no digest"), HasSubstr("no check")));
    EXPECT_EQ(radar({"jobs", "redrive"}).code, 2) << "none is chosen";
    EXPECT_EQ(radar({"jobs", "redrive", "99"}).code, 2);
    EXPECT_THAT(radar({"jobs", "redrive", "1"}).out, HasSubstr("1 dead letter will"));
    EXPECT_EQ(radar({"jobs", "redrive", "1"}).code, 2) << "it is none any more";
    EXPECT_THAT(radar({"jobs", "redrive", "--kind", "digest", "--json"}).out,
                HasSubstr(R"("redriven":1)"));
    EXPECT_THAT(radar({"jobs", "redrive", "--reason", "no check", "--rate", "1/h"}).out,
                HasSubstr("1 dead letter will"));
    EXPECT_EQ(radar({"jobs", "redrive", "--all", "--rate", "fast"}).code, 2);
    EXPECT_EQ(jobs(3, {"--state", "available"}).size(), 3U);
}

TEST_F(RadarJobs, one_is_shown_with_its_attempts) {
    const auto shown = json::parse(radar({"jobs", "show", "3", "--json"}).out);
    EXPECT_EQ(shown.at("kind"), "digest");
    EXPECT_EQ(shown.at("attempts").at(0).at("outcome"), "dead");
    EXPECT_THAT(radar({"jobs", "show", "3"}).out, HasSubstr("no digest"));
    EXPECT_EQ(radar({"jobs", "show", "99"}).code, 2);
}

TEST_F(RadarJobs, a_queue_is_paused_and_goes_on) {
    EXPECT_THAT(radar({"jobs", "pause"}).out, HasSubstr("paused"));
    EXPECT_THAT(radar({"jobs", "list"}).err, HasSubstr("3 dead; paused"));
    EXPECT_THAT(radar({"jobs", "resume", "--json"}).out, HasSubstr(R"("changed":true)"));
    EXPECT_THAT(radar({"jobs", "resume"}).out, HasSubstr("was not paused"));
}

TEST_F(RadarServe, jobs_of_no_store_are_an_error_and_make_none) {
    EXPECT_EQ(radar({"jobs", "list"}).code, 2);
    EXPECT_FALSE(fs::exists(dir.path() / "radar.db"));
}

using RadarConfig = RadarServe;

TEST_F(RadarConfig, check_says_all_that_is_wrong_at_once) {
    EXPECT_EQ(radar({"config", "check"}).code, 0);
    (void)dir.write("radar.toml", "shedule = 'x'\nport = 70000\n");
    const auto ended = radar({"config", "check"});
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.err, AllOf(HasSubstr("did you mean schedule?"), HasSubstr("radar.toml:2")));
    const auto document = json::parse(radar({"config", "check", "--json"}).out);
    EXPECT_EQ(document.at("ok"), false);
    EXPECT_EQ(document.at("problems").as_array().size(), 2U);
    EXPECT_EQ(document.at("problems").at(0).at("key"), "'shedule'");
}

TEST_F(RadarConfig, explain_says_who_said_it_and_shows_no_secret) {
    (void)dir.write("radar.toml", "schedule = 'every 2h'\n");
    const auto ended = radar({"config", "explain"});
    EXPECT_EQ(ended.code, 0);
    EXPECT_THAT(ended.out, AllOf(HasSubstr("radar.toml:1"),
                                 HasSubstr("environment RADAR_GITHUB_WEBHOOK_SECRET"),
                                 HasSubstr("sha256:"), Not(HasSubstr(hook_secret))));
    const auto document = json::parse(radar({"config", "explain", "--json"}).out);
    for (const auto& setting : document.at("settings").as_array()) {
        if (setting.at("name") == "store") {
            EXPECT_EQ(setting.at("origin"), "--store");
        }
    }
}

}  // namespace
}  // namespace apilab::cli_test
