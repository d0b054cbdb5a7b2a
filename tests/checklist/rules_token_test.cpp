// Group F: credentials, what they may do, how they are renewed and refused.
#include <array>
#include <chrono>

#include "rule_cases.hpp"

namespace apilab::cli::checklist {
namespace {

using namespace std::chrono_literals;
using sandbox::Verdict;

Row post() {
    return Row("slack", "POST", "/api/chat.postMessage")
        .operation("chat.postMessage")
        .header("authorization", "Bearer #1");
}
Integration slack(std::map<std::string, std::string> scopes) {
    auto one = Seen::good("slack");
    one.scopes = std::move(scopes);
    return one;
}
constexpr auto says_why = "posts what is new";

TEST(TokenRules, each_scope_says_what_for_and_is_needed) {
    const auto seen = [](const Integration& integration, const Row& row) {
        return Seen()
            .integration(integration)
            .with(Ran("calm").row(row))
            .with(Ran("lost").row(row))
            .with(Ran("gap").row(row));
    };
    expect("F01", State::pass, seen(slack({{"chat:write", says_why}}), post()));
    expect("F01", State::fail, seen(slack({}), post()));
    expect("F01", State::fail, seen(slack({{"chat:write", "posting"}}), post()));
    expect("F01", State::fail,
           seen(slack({{"chat:write", says_why}, {"files:write", says_why}}), post()));
    expect("F01", State::fail, seen(Seen::good("npm"), post()));
    expect("F01", State::fail, seen(slack({{"chat:write", says_why}}), post().status(403)));
    // Scopes for bad days are not judged where there was none.
    expect("F01", State::pass,
           Seen()
               .integration(slack({{"chat:write", says_why}, {"channels:history", says_why}}))
               .with(Ran("calm").row(post())));
    expect("F01", State::untested,
           Seen().integration(slack({})).with(Ran("calm").row(Row("npm", "GET", "/a"))));
}

TEST(TokenRules, what_the_judge_says_of_tokens_holds_in_any_episode) {
    constexpr std::array cases{std::pair("F02", "AUT-01"), std::pair("F03", "AUT-02"),
                               std::pair("F04", "AUT-03"), std::pair("F07", "AUT-12")};
    for (const auto& [item, check] : cases) {
        expect(item, State::pass, Seen().with(said("tokens", check, Verdict::pass)));
        expect(item, State::fail,
               Seen()
                   .with(said("tokens", check, Verdict::pass))
                   .with(said("calm", check, Verdict::fail)));
        expect(item, State::untested, Seen().with(said("tokens", check, Verdict::unknown)));
    }
    expect(
        "F07", State::fail,
        Seen().with(said("tokens", "AUT-12", Verdict::pass).check("AUT-16", Verdict::fail, "x")));
    expect(
        "F03", State::fail,
        Seen().with(said("tokens", "AUT-02", Verdict::pass).check("AUT-13", Verdict::fail, "x")));
}

TEST(TokenRules, what_is_kept_of_tokens_is_the_newest_and_its_owners) {
    const auto with_file = [](unsigned mode, Verdict newest) {
        auto life = Ran::good_life();
        life.volume.push_back({"tokens.json", mode});
        return Seen().with(said("tokens", "AUT-08", newest).life(life));
    };
    expect("F05", State::pass, with_file(0600, Verdict::pass));
    expect("F05", State::fail, with_file(0644, Verdict::pass));
    expect("F05", State::fail, with_file(0640, Verdict::unknown));
    expect("F05", State::fail, with_file(0600, Verdict::fail));
    expect("F05", State::untested, with_file(0600, Verdict::unknown));
    expect("F05", State::untested, Seen().with(said("tokens", "AUT-08", Verdict::pass).life()));
}

TEST(TokenRules, a_grant_that_was_withdrawn_ends_at_a_person) {
    const auto stopped = said("tokens", "AUT-06", Verdict::pass);
    expect("F06", State::pass,
           Seen().with(Ran(stopped).log(R"({"error":"the user has to consent again"})")));
    expect("F06", State::pass,
           Seen().with(Ran(stopped).probe("GET /status", 200, R"({"gmail":"needs_consent"})")));
    expect("F06", State::fail, Seen().with(Ran(stopped).log("mail failed")));
    expect("F06", State::fail,
           Seen().with(said("tokens", "AUT-06", Verdict::fail).log("needs consent")));
    expect("F06", State::untested, Seen().with(said("tokens", "AUT-06", Verdict::unknown)));
}

TEST(TokenRules, refused_credentials_are_an_alarm_and_no_traffic) {
    const auto refused = [](int count) {
        Ran ran("tokens");
        for (int i = 0; i < count; ++i) {
            ran.row(post().status(401).at(i * 500ms));
        }
        return ran;
    };
    expect("F09", State::pass, Seen().with(refused(3).log("slack: 401, the token was refused")));
    expect("F09", State::fail, Seen().with(refused(3).log("could not post")));
    expect("F09", State::fail, Seen().with(refused(6).log("slack: 401")));
    // One that was good in between is another matter, and so are those on their way.
    expect("F09", State::pass,
           Seen().with(refused(3).row(post().at(2s)).row(post().status(401).at(3s)).log("401")));
    expect("F09", State::pass, Seen().with(Ran("tokens").rows(9, post().status(401)).log("401")));
    // Slack says it with 200.
    const auto inside = post().fact("ok", "false").fact("error", "invalid_auth");
    expect("F09", State::pass, Seen().with(Ran("tokens").row(inside).log("invalid_auth")));
    expect("F09", State::untested, Seen().with(Ran("tokens").row(post())));
    expect("F09", State::untested, Seen());
}

}  // namespace
}  // namespace apilab::cli::checklist
