// apilab hook listen, trigger, list, show, redeliver and dlq over loopback, as a person uses them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/json/parse.hpp>
#include <chrono>
#include <csignal>
#include <map>
#include <string>

#include "apilab/work/sqlite_store.hpp"
#include "echo_server.hpp"
#include "hook_listener.hpp"
#include "program.hpp"

namespace apilab::cli_test {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;
namespace json = boost::json;

const Variables secrets{{"APILAB_GITHUB_WEBHOOK_SECRET", "the secret of a hook at GitHub"},
                        {"APILAB_SLACK_SIGNING_SECRET", "0123456789abcdef0123456789abcdef"},
                        {"APILAB_STRIPE_WEBHOOK_SECRET", "whsec_of_some_endpoint_at_stripe"}};

class Hooks : public testing::Test {
protected:
    Hooks() { variables["APILAB_HOOKS"] = (dir.path() / "hooks.db").string(); }

    [[nodiscard]] Finished hook(Words words) const {
        words.insert(words.begin(), "hook");
        return apilab(words, variables);
    }
    [[nodiscard]] Finished trigger(const HookListener& at, Words words) const {
        words.insert(words.end(), {"--to", at.url()});
        words.insert(words.begin(), "trigger");
        return hook(words);
    }
    [[nodiscard]] json::array lines(const Words& words) const {
        Words all{"hook"};
        all.insert(all.end(), words.begin(), words.end());
        all.emplace_back("--json");
        return json_lines(apilab(all, variables));
    }
    [[nodiscard]] json::array once_there_are(std::size_t count, const Words& words) const {
        Words all{"hook"};
        all.insert(all.end(), words.begin(), words.end());
        return lines_once_there_are(count, all, variables);
    }

    TempDir dir;
    Variables variables = secrets;
};

using HookListen = Hooks;

TEST_F(HookListen, takes_what_is_genuine_once_and_nothing_else) {
    HookListener listener(dir.path(), variables, {"--json"});
    const auto ended =
        trigger(listener, {"slack:message", "--count", "11", "--hostile",
                           "altered,forged,stale,future,unsigned,duplicate,twin,reordered,huge,"
                           "slow,odd"});
    EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
    // Of each pair of copies one, of the reordered ones both.
    EXPECT_EQ(lines({"list"}).size(), 7U);
    const auto stopped = listener.stop();
    EXPECT_EQ(stopped.code, 0) << stopped.err;
    const auto result = json::parse(stopped.out.substr(stopped.out.rfind("{\"type\":\"result\"")));
    EXPECT_EQ(result.at("requests"), 14);
    EXPECT_EQ(result.at("stored"), 7);
    EXPECT_EQ(result.at("duplicates"), 2);
    EXPECT_EQ(result.at("refused"), 5);
}

TEST_F(HookListen, says_of_each_request_what_became_of_it_and_shows_no_secret) {
    HookListener listener(dir.path(), variables);
    EXPECT_EQ(trigger(listener, {"github:push"}).code, 0);
    EXPECT_EQ(trigger(listener, {"stripe:invoice.paid", "--hostile", "stale"}).code, 0);
    EXPECT_EQ(trigger(listener, {"slack:url_verification"}).code, 0);
    const auto stopped = listener.stop();
    EXPECT_THAT(stopped.out, testing::ContainsRegex("github +push +[0-9a-f-]{36} +200 stored"));
    EXPECT_THAT(stopped.out, testing::ContainsRegex("stripe +401 out of time"));
    EXPECT_THAT(stopped.out, testing::ContainsRegex("slack +200 handshake"));
    for (const auto& [name, value] : secrets) {
        EXPECT_THAT(stopped.out + stopped.err, Not(HasSubstr(value))) << name;
        EXPECT_THAT(read_text(dir.path() / "hooks.db"), Not(HasSubstr(value))) << name;
    }
}

TEST_F(HookListen, what_a_refused_request_says_of_itself_is_not_shown) {
    HookListener listener(dir.path(), variables, {"--json"});
    EXPECT_EQ(trigger(listener, {"github:push", "--hostile", "forged", "--seed", "5"}).code, 0);
    const auto stopped = listener.stop();
    EXPECT_THAT(stopped.out, HasSubstr(R"("id":"","verdict":"not genuine","status":401)"));
}

TEST_F(HookListen, without_a_secret_says_which_variables_there_are_and_listens_to_nobody) {
    const auto ended = apilab({"hook", "listen", "--store", (dir.path() / "a.db").string()});
    EXPECT_EQ(ended.code, 2);
    for (const auto& [name, value] : secrets) {
        EXPECT_THAT(ended.err, HasSubstr(name));
    }
    EXPECT_FALSE(fs::exists(dir.path() / "a.db"));
}

TEST_F(HookListen, a_secret_on_the_command_line_is_refused) {
    const auto ended = apilab({"hook", "listen", "--provider", "github=abcdefgh12345"});
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.err, Not(HasSubstr("abcdefgh12345")));
}

TEST_F(HookListen, notions_token_is_kept_in_a_file_and_counts_from_then_on) {
    const std::string token = "secret_ThatNotionHasMadeUp0123456789";
    Variables of_notion{{"APILAB_NOTION_WEBHOOK_SECRET", token}};
    const auto to = [](const HookListener& at, const std::string& type) {
        return Words{"hook", "trigger", type, "--to", at.url()};
    };
    {
        HookListener listener(dir.path(), variables, {"--provider", "notion"});
        EXPECT_EQ(apilab(to(listener, "notion:comment.created"), of_notion).code, 3);
        EXPECT_EQ(apilab(to(listener, "notion:verification_token"), of_notion).code, 0);
        EXPECT_EQ(apilab(to(listener, "notion:comment.created"), of_notion).code, 0);
        const auto stopped = listener.stop();
        EXPECT_THAT(stopped.err, HasSubstr("hooks.db.notion-token"));
        EXPECT_THAT(stopped.out + stopped.err, Not(HasSubstr(token)));
    }
    const auto file = dir.path() / "hooks.db.notion-token";
    EXPECT_EQ(read_text(file), token);
    EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    HookListener again(dir.path(), variables, {"--provider", "notion"});
    EXPECT_EQ(apilab(to(again, "notion:page.created"), of_notion).code, 0);
    of_notion["APILAB_NOTION_WEBHOOK_SECRET"] = "secret_OfSomebodyWhoComesSecond";
    EXPECT_EQ(apilab(to(again, "notion:verification_token"), of_notion).code, 3);
    EXPECT_EQ(apilab(to(again, "notion:page.created"), of_notion).code, 3);
    EXPECT_EQ(read_text(file), token);
    const auto stopped = again.stop();
    EXPECT_EQ(stopped.code, 0);
    EXPECT_THAT(stopped.err, HasSubstr("was not taken: one is known already"));
    EXPECT_THAT(stopped.out + stopped.err, Not(HasSubstr("SomebodyWhoComesSecond")));
}

TEST_F(HookListen, two_kinds_of_one_path_are_refused_with_what_to_do) {
    variables["V1"] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    variables["V1A"] = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=";
    const auto ended =
        hook({"listen", "--provider", "standard=env:V1", "--provider", "standard-ed25519=env:V1A"});
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.err, HasSubstr("name one of them"));
}

TEST_F(HookListen, columns_stay_apart_however_long_a_type_is) {
    variables["APILAB_NOTION_WEBHOOK_SECRET"] = "secret_ThatNotionHasMadeUp0123456789";
    HookListener listener(dir.path(), variables);
    const auto sent = trigger(listener, {"notion:page.properties_updated"});
    const auto line = testing::ContainsRegex("notion +page.properties_updated +[0-9a-f-]{36} +");
    EXPECT_THAT(sent.out, line);
    EXPECT_THAT(listener.stop().out, line);
}

TEST_F(HookListen, what_is_over_is_forgotten_after_thirty_days) {
    const auto long_ago = RealClock().system_now() - std::chrono::days(31);
    const work::Event event{.source = "github", .sender_id = "id", .body = "{}", .headers = {}};
    {
        const auto store = work::SqliteStore::open(dir.path() / "hooks.db").value();
        const work::NewJob job{.queue = "forward", .kind = "github"};
        ASSERT_TRUE(store->put(event, job, long_ago));
        const auto claimed = store->claim({.queue = "forward"}, long_ago).value();
        ASSERT_TRUE(store->complete(claimed.at(0).ref, {}, false, long_ago).value());
        ASSERT_TRUE(
            store->put({.source = "github", .sender_id = "waits", .body = "{"}, job, long_ago));
    }
    HookListener listener(dir.path(), variables);
    const auto left = once_there_are(1, {"list"});
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left[0].at("id"), "waits") << "what nobody forwarded stays";
    EXPECT_EQ(listener.stop().code, 0);
}

using HookForward = Hooks;

// It takes a connection, and says nothing.
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

TEST_F(HookForward, a_second_signal_waits_for_no_target_and_the_event_goes_back_uncounted) {
    const Mute target;
    HookListener listener(dir.path(), variables, {"--forward", target.url()});
    EXPECT_EQ(trigger(listener, {"github:push"}).code, 0);
    EXPECT_EQ(once_there_are(1, {"list", "--state", "running"}).size(), 1U);
    listener.signal(SIGTERM);
    EXPECT_EQ(listener.stop().code, 0);
    const auto kept = lines({"list", "--state", "available"});
    ASSERT_EQ(kept.size(), 1U);
    EXPECT_EQ(kept[0].at("job").at("attempt"), 0);
}

TEST_F(HookForward, what_came_while_nobody_was_there_is_forwarded_later_byte_for_byte) {
    {
        HookListener listener(dir.path(), variables);
        EXPECT_EQ(trigger(listener, {"github:push", "--hostile", "odd", "--count", "3"}).code, 0);
        EXPECT_EQ(listener.stop().code, 0);
    }
    EXPECT_EQ(lines({"list", "--state", "available"}).size(), 3U);
    const EchoServer program;
    HookListener listener(dir.path(), variables, {"--forward", program.url("/mine")});
    EXPECT_EQ(once_there_are(3, {"list", "--state", "done"}).size(), 3U);
    const auto seen = program.seen();
    ASSERT_EQ(seen.size(), 3U);
    for (int number = 1; number <= 3; ++number) {
        const auto& request = seen[static_cast<std::size_t>(number) - 1];
        EXPECT_EQ(request.url().path(), "/mine");
        EXPECT_EQ(request.body(), hook({"show", std::to_string(number), "--raw"}).out);
        EXPECT_EQ(request.headers().value("x-github-event"), "push");
        EXPECT_EQ(request.headers().get_all("content-length").size(), 1U);
        EXPECT_EQ(request.headers().get_all("host"),
                  std::vector<std::string_view>{program.url("").substr(std::size("http://") - 1)});
        EXPECT_THAT(std::string(request.headers().value("x-hub-signature-256")),
                    HasSubstr("sha256="));
        EXPECT_THAT(std::string(request.headers().value("idempotency-key")),
                    HasSubstr(request.headers().value("x-github-delivery")));
    }
    EXPECT_EQ(listener.stop().code, 0);
}

TEST_F(HookForward, a_target_that_is_away_costs_no_attempts_and_keeps_the_order) {
    TempDir theirs;
    int port = 0;
    {
        HookListener target(theirs.path(), variables);
        port = target.port();
        EXPECT_EQ(target.stop().code, 0);
    }
    HookListener listener(dir.path(), variables,
                          {"--forward", "http://127.0.0.1:" + std::to_string(port)});
    EXPECT_EQ(trigger(listener, {"github:push", "--count", "4"}).code, 0);
    const auto sent = lines({"list"});
    HookListener target(theirs.path(), variables, {}, port);
    const auto done = once_there_are(4, {"list", "--state", "done"});
    EXPECT_EQ(done.size(), 4U);
    for (const auto& line : done) {
        EXPECT_EQ(line.at("job").at("attempt"), 1);
    }
    const auto arrived = lines({"list", "--store", (theirs.path() / "hooks.db").string()});
    ASSERT_EQ(arrived.size(), sent.size());
    for (std::size_t at = 0; at < sent.size(); ++at) {
        EXPECT_EQ(arrived[at].at("id"), sent[at].at("id"));
    }
    EXPECT_EQ(target.stop().code, 0);
    EXPECT_THAT(listener.stop().out, HasSubstr("waiting: "));
}

TEST_F(HookForward, what_is_refused_is_a_dead_letter_and_goes_again_under_the_same_key) {
    std::atomic<int> status = 422;
    const EchoServer program([&](const http::Request&) { return http::Response(status); });
    HookListener listener(dir.path(), variables, {"--forward", program.url("/hook")});
    EXPECT_EQ(trigger(listener, {"github:push", "--count", "2"}).code, 0);
    const auto dead = once_there_are(2, {"dlq", "list"});
    ASSERT_EQ(dead.size(), 2U);
    EXPECT_EQ(dead[0].at("reason"), "HTTP 422 Unprocessable Content");
    EXPECT_EQ(lines({"dlq", "list", "--reason", "no such reason"}).size(), 0U);
    EXPECT_EQ(hook({"dlq", "redrive"}).code, 2);
    EXPECT_EQ(hook({"dlq", "redrive", "77"}).code, 2);
    status = 200;
    EXPECT_EQ(hook({"dlq", "redrive", "1", "--rate", "5/s"}).code, 0);
    EXPECT_EQ(once_there_are(1, {"list", "--state", "done"}).size(), 1U);
    EXPECT_EQ(hook({"dlq", "redrive", "--source", "github"}).code, 0);
    EXPECT_EQ(once_there_are(2, {"list", "--state", "done"}).size(), 2U);
    std::map<std::string, int, std::less<>> keys;
    for (const auto& request : program.seen()) {
        ++keys[std::string(request.headers().value("idempotency-key"))];
    }
    EXPECT_EQ(keys.size(), 2U);
    EXPECT_EQ(keys.begin()->second, 2);
    EXPECT_EQ(listener.stop().code, 0);
}

TEST_F(HookForward, what_is_done_is_redelivered_when_asked_for_with_the_first_key) {
    const EchoServer program;
    HookListener listener(dir.path(), variables, {"--forward", program.url("/hook")});
    EXPECT_EQ(trigger(listener, {"slack:message"}).code, 0);
    EXPECT_EQ(once_there_are(1, {"list", "--state", "done"}).size(), 1U);
    EXPECT_EQ(hook({"redeliver"}).code, 2) << "which?";
    EXPECT_EQ(hook({"redeliver", "999"}).code, 2);
    EXPECT_EQ(hook({"redeliver", "1"}).code, 0);
    for (int i = 0; i < 200 && program.seen().size() < 2; ++i) {
        (void)lines({"list"});
    }
    const auto seen = program.seen();
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[0].body(), seen[1].body());
    EXPECT_EQ(seen[0].headers().value("idempotency-key"),
              seen[1].headers().value("idempotency-key"));
    EXPECT_EQ(listener.stop().code, 0);
    const auto twice = hook({"redeliver", "1", "1", "--json"});
    EXPECT_EQ(json::parse(twice.out),
              (json::value{{"version", 1}, {"forwarded_again", 1}, {"waiting", 1}}));
}

TEST_F(HookForward, a_redelivery_that_is_given_up_says_which_event_it_was) {
    std::atomic<int> status = 200;
    const EchoServer program([&](const http::Request&) { return http::Response(status); });
    HookListener listener(dir.path(), variables, {"--forward", program.url("/hook")});
    EXPECT_EQ(trigger(listener, {"slack:message"}).code, 0);
    EXPECT_EQ(once_there_are(1, {"list", "--state", "done"}).size(), 1U);
    status = 422;
    EXPECT_EQ(hook({"redeliver", "1"}).code, 0);
    const auto dead = once_there_are(1, {"dlq", "list"});
    ASSERT_EQ(dead.size(), 1U);
    EXPECT_EQ(dead[0].at("event"), 1);
    EXPECT_EQ(dead[0].at("source"), "slack");
    EXPECT_EQ(dead[0].at("event_type"), "event_callback");
    EXPECT_EQ(listener.stop().code, 0);
}

TEST_F(HookForward, signs_anew_where_it_is_told_to) {
    TempDir theirs;
    HookListener target(theirs.path(), variables);
    HookListener listener(dir.path(), variables, {"--forward", target.url(), "--sign-anew"});
    EXPECT_EQ(trigger(listener, {"stripe:invoice.paid"}).code, 0);
    EXPECT_EQ(once_there_are(1, {"list", "--state", "done"}).size(), 1U);
    EXPECT_EQ(listener.stop().code, 0);
    EXPECT_EQ(target.stop().code, 0);
}

using HookList = Hooks;

TEST_F(HookList, by_source_type_and_time) {
    HookListener listener(dir.path(), variables);
    EXPECT_EQ(trigger(listener, {"github:push", "--count", "2"}).code, 0);
    EXPECT_EQ(trigger(listener, {"stripe:customer.created"}).code, 0);
    EXPECT_EQ(listener.stop().code, 0);
    EXPECT_EQ(lines({"list"}).size(), 3U);
    EXPECT_EQ(lines({"list", "--source", "github"}).size(), 2U);
    EXPECT_EQ(lines({"list", "--type", "customer.created"}).size(), 1U);
    EXPECT_EQ(lines({"list", "--since", "1h"}).size(), 3U);
    EXPECT_EQ(lines({"list", "--until", "1h"}).size(), 0U);
    EXPECT_EQ(lines({"list", "--limit", "1"}).size(), 1U);
    EXPECT_EQ(hook({"list", "--since", "yesterday"}).code, 2);
    EXPECT_EQ(hook({"list", "--state", "gone"}).code, 2);
}

TEST_F(HookList, looking_makes_no_store) {
    EXPECT_EQ(hook({"list"}).code, 0);
    EXPECT_EQ(hook({"dlq", "list"}).code, 0);
    EXPECT_EQ(hook({"show", "1"}).code, 2);
    const auto result = [&](Words words) {
        words.emplace_back("--json");
        return json::parse(hook(words).out);
    };
    EXPECT_EQ(result({"list"}), (json::value{{"type", "result"}, {"events", 0}}));
    EXPECT_EQ(result({"list", "--quarantined"}),
              (json::value{{"type", "result"}, {"quarantined", 0}}));
    EXPECT_EQ(result({"dlq", "list"}), (json::value{{"type", "result"}, {"dead", 0}}));
    EXPECT_FALSE(fs::exists(dir.path() / "hooks.db"));
}

TEST_F(HookList, what_was_caught_and_played_back_waits_for_a_person) {
    HookListener listener(dir.path(), variables);
    EXPECT_EQ(trigger(listener, {"github:push", "--hostile", "replayed", "--count", "2"}).code, 0);
    EXPECT_EQ(listener.stop().code, 0);
    EXPECT_EQ(lines({"list"}).size(), 2U);
    const auto quarantined = lines({"list", "--quarantined"});
    ASSERT_EQ(quarantined.size(), 2U);
    EXPECT_EQ(quarantined[0].at("why"), "replayed");
    const auto number = [&](std::size_t at) {
        return std::to_string(quarantined[at].at("quarantined").as_int64());
    };
    EXPECT_EQ(hook({"release", number(0)}).code, 0);
    EXPECT_EQ(hook({"discard", number(1)}).code, 0);
    EXPECT_EQ(hook({"discard", number(1)}).code, 2);
    EXPECT_EQ(lines({"list", "--quarantined"}).size(), 0U);
    EXPECT_EQ(lines({"list"}).size(), 3U);
}

TEST_F(HookList, shows_one_with_headers_body_and_what_became_of_it) {
    HookListener listener(dir.path(), variables);
    EXPECT_EQ(trigger(listener, {"github:push", "--seed", "7"}).code, 0);
    EXPECT_EQ(listener.stop().code, 0);
    const auto id = std::string(lines({"list"})[0].at("id").as_string());
    for (const auto& name : {std::string("1"), id, "github:" + id}) {
        const auto shown = hook({"show", name});
        EXPECT_EQ(shown.code, 0) << shown.err;
        EXPECT_THAT(shown.out, HasSubstr("x-github-event: push"));
        EXPECT_THAT(shown.out, HasSubstr("\"ref\": \"refs/heads/main\""));
        EXPECT_THAT(shown.out, HasSubstr("available"));
    }
    EXPECT_EQ(hook({"show", "github:nope"}).code, 2);
}

using HookTrigger = Hooks;

TEST_F(HookTrigger, ends_with_3_where_a_forged_one_is_taken) {
    const EchoServer believes_all;
    const auto to = believes_all.url();
    EXPECT_EQ(hook({"trigger", "github:push", "--to", to}).code, 0);
    const auto ended = hook({"trigger", "github:push", "--hostile", "forged", "--to", to});
    EXPECT_EQ(ended.code, 3);
    EXPECT_THAT(ended.out, HasSubstr("was to be refused"));
    EXPECT_EQ(believes_all.last().url().path(), "/webhooks/github");
}

TEST_F(HookTrigger, the_same_seed_makes_the_same_events) {
    const EchoServer target;
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(hook({"trigger", "github:push", "--seed", "3", "--to", target.url()}).code, 0);
    }
    EXPECT_EQ(hook({"trigger", "github:push", "--to", target.url()}).code, 0);
    const auto seen = target.seen();
    ASSERT_EQ(seen.size(), 3U);
    const auto id = [&](std::size_t at) { return seen[at].headers().value("x-github-delivery"); };
    EXPECT_EQ(id(0), id(1));
    EXPECT_NE(id(1), id(2));
}

TEST_F(HookTrigger, what_cannot_be_sent_is_said_before_anything_is) {
    const EchoServer target;
    for (const Words& words :
         {Words{"nobody:push"}, Words{"github:nothing"}, Words{"github:push", "--hostile", "stale"},
          Words{"slack:message", "--hostile", "replayed"}, Words{"github", "--hostile", "rude"},
          Words{"github:ping", "--hostile", "forged"}, Words{"standard:order.shipped"}}) {
        Words all{"trigger", "--to", target.url()};
        all.insert(all.end(), words.begin(), words.end());
        EXPECT_EQ(hook(all).code, 2) << testing::PrintToString(words);
    }
    EXPECT_TRUE(target.seen().empty());
    const auto nothing = hook({"trigger"});
    EXPECT_EQ(nothing.code, 2);
    EXPECT_THAT(nothing.err, HasSubstr("expected SENDER:NAME"));
}

}  // namespace
}  // namespace apilab::cli_test
