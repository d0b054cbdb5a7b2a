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

TEST(TokenRules, a_scope_for_lost_answers_is_judged_where_one_was_lost_and_there_was_time_to_look) {
    const auto both = slack({{"chat:write", says_why}, {"channels:history", says_why}});
    const auto seen = [&](const Ran& lost) {
        return Seen()
            .integration(both)
            .with(Ran("calm").row(post()))
            .with(Ran("gap").row(post()))
            .with(lost);
    };
    const auto cut = Row(post()).at(1s).cut();
    const auto look =
        Row("slack", "GET", "/api/conversations.history").operation("conversations.history").at(6s);
    expect("F01", State::pass, seen(Ran("lost").row(cut).row(look).over(15s)));
    expect("F01", State::fail, seen(Ran("lost").row(cut).over(15s)));
    // Nothing was lost; it was over, or killed, before it could look.
    expect("F01", State::untested, seen(Ran("lost").row(post()).over(15s)));
    expect("F01", State::untested, seen(Ran("lost").row(cut).over(5s)));
    expect("F01", State::untested, seen(Ran("lost").row(cut).killed_at(3s).over(15s)));
    // What is wrong besides is seen all the same.
    auto idle = both;
    idle.scopes["files:write"] = says_why;
    expect("F01", State::fail,
           Seen()
               .integration(idle)
               .with(Ran("calm").row(post()))
               .with(Ran("gap").row(post()))
               .with(Ran("lost").row(post()).over(15s)));
}

TEST(TokenRules, what_the_judge_says_of_tokens_holds_in_any_episode) {
    constexpr std::array cases{std::pair("F02", "AUT-01"), std::pair("F03", "AUT-02"),
                               std::pair("F07", "AUT-12")};
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

// A token that was given out, and a mail that is sent with it.
Row token(std::string_view number) {
    return Row("google", "POST", "/token")
        .operation("token")
        .fact("grant", "refresh_token")
        .fact("credential", "consent 1")
        .fact("issued", number);
}
Row mail(std::string_view number, int status = 200) {
    return Row("google", "POST", "/messages/send")
        .operation("send_message")
        .fact("credential", "consent 1")
        .fact("token", number)
        .status(status);
}
Life from(Duration since_start) {
    auto life = Ran::good_life();
    life.began = since_start;
    return life;
}
// Two processes one after the other; what the second has is what the first was given.
Ran handed_on() {
    return Ran("gap")
        .life(from(0s))
        .row(token("1").at(1s))
        .row(mail("1").at(2s))
        .life(from(3s))
        .row(mail("1").at(4s));
}

TEST(TokenRules, one_refreshes_for_all_callers_and_all_processes) {
    const auto crowd = said("tokens", "AUT-03", Verdict::pass)
                           .row(mail("1", 401).at(1s).took(300ms))
                           .row(mail("1", 401).at(1100ms).took(300ms));
    expect("F04", State::pass, Seen().with(crowd).with(handed_on()));
    expect("F04", State::fail,
           Seen().with(crowd).with(handed_on()).with(said("calm", "AUT-03", Verdict::fail)));
    // Each process asks for one of its own, although the former's was in use.
    expect("F04", State::fail,
           Seen().with(crowd).with(Ran("gap")
                                       .life(from(0s))
                                       .row(token("1").at(1s))
                                       .row(mail("1").at(2s))
                                       .life(from(3s))
                                       .row(token("2").at(4s))));
    expect("F04", State::untested, Seen().with(crowd));
    expect("F04", State::untested, Seen().with(handed_on()));
}

TEST(TokenRules, one_caller_who_tries_again_is_no_crowd) {
    const auto alone = said("tokens", "AUT-03", Verdict::pass)
                           .row(mail("1", 401).at(1s).took(300ms))
                           .row(mail("1", 401).at(2s).took(300ms))
                           .row(mail("1", 401).at(3s).took(300ms));
    expect("F04", State::untested, Seen().with(alone).with(handed_on()));
    const auto others = said("tokens", "AUT-03", Verdict::pass)
                            .row(mail("1", 401).at(1s).took(300ms))
                            .row(mail("2", 401).at(1100ms).took(300ms));
    expect("F04", State::untested, Seen().with(others).with(handed_on()));
}

TEST(TokenRules, a_token_that_was_dead_or_never_used_or_went_with_its_volume_is_asked_for_anew) {
    const auto crowd = said("tokens", "AUT-03", Verdict::pass)
                           .row(mail("1", 401).at(1s).took(300ms))
                           .row(mail("1", 401).at(1100ms).took(300ms));
    const auto seen = [&](const Row& before, const Life& later) {
        return Seen().with(crowd).with(Ran("gap")
                                           .life(from(0s))
                                           .row(token("1").at(1s))
                                           .row(before)
                                           .life(later)
                                           .row(token("2").at(4s)));
    };
    // It had been in use, and was refused in the end.
    expect("F04", State::untested,
           Seen().with(crowd).with(Ran("gap")
                                       .life(from(0s))
                                       .row(token("1").at(1s))
                                       .row(mail("1").at(1500ms))
                                       .row(mail("1", 401).at(2s))
                                       .life(from(3s))
                                       .row(token("2").at(4s))));
    // The same process renews its own before its time.
    expect("F04", State::untested,
           Seen().with(crowd).with(Ran("gap")
                                       .life(from(0s))
                                       .row(token("1").at(1s))
                                       .row(mail("1").at(2s))
                                       .row(token("2").at(4s))
                                       .life(from(8s))));
    auto fresh = from(3s);
    fresh.off = "osv";
    expect("F04", State::untested, seen(mail("1", 401).at(2s), from(3s)));
    expect("F04", State::untested, seen(Row("npm", "GET", "/a").at(2s), from(3s)));
    expect("F04", State::untested, seen(mail("1").at(2s), fresh));
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
