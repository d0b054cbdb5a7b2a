// What becomes of a token that is over.

#include <fmt/format.h>

#include "apilab/base/base64.hpp"
#include "apilab/http/json.hpp"
#include "apilab/sandbox/judge/trials/internal/caller.hpp"
#include "apilab/sandbox/judge/trials/internal/topics.hpp"

namespace apilab::sandbox::trials {
namespace {

using namespace std::chrono_literals;

struct Pair {
    std::string access;
    std::string refresh;
};

Call token_call(const std::string& refresh) {
    return {.method = "POST",
            .target = "/oauth/token",
            .body = "grant_type=refresh_token&refresh_token=" + refresh,
            .headers = {{"authorization", "Basic " + base64_encode("cid:sec")},
                        {"content-type", "application/x-www-form-urlencoded"}}};
}

Pair pair_in(const Seen& seen, Pair otherwise = {}) {
    const auto document = http::JsonDocument::parse(seen.body);
    if (!document || seen.status != 200) {
        return otherwise;
    }
    return {std::string(document->root()["access_token"].string_or("")),
            std::string(document->root()["refresh_token"].string_or(""))};
}

Pair refresh(Stage& stage, const Pair& old) {
    return pair_in(stage.send(token_call(old.refresh)), old);
}

// Asks for so many documents at once.
void documents(Stage& stage, const Pair& tokens, int count) {
    std::vector<Call> calls;
    for (int i = 1; i <= count; ++i) {
        calls.push_back({.target = fmt::format("/oauth/documents/a{}", i),
                         .headers = {{"authorization", "Bearer " + tokens.access}}});
    }
    (void)stage.send_together(std::move(calls));
}

// What everybody does: logs in, and comes back when the token is over.
Pair with_stale_token(Stage& stage) {
    const auto tokens = refresh(stage, {"", "seed-refresh-token"});
    stage.wait(61min);
    return tokens;
}

Client after_expiry(void (*then)(Stage& stage, const Pair& tokens)) {
    return [then](Stage& stage) { then(stage, with_stale_token(stage)); };
}

void refreshes_once(Stage& stage, const Pair& tokens) {
    documents(stage, tokens, 8);
    documents(stage, refresh(stage, tokens), 8);
}
void gives_up(Stage& stage, const Pair& tokens) {
    documents(stage, tokens, 1);
}
void sends_the_old_again(Stage& stage, const Pair& tokens) {
    documents(stage, tokens, 1);
    documents(stage, tokens, 1);
    documents(stage, refresh(stage, tokens), 1);
}
void forgets_the_request(Stage& stage, const Pair& tokens) {
    documents(stage, tokens, 1);
    (void)refresh(stage, tokens);
}
void everybody_refreshes(Stage& stage, const Pair& tokens) {
    documents(stage, tokens, 8);
    (void)stage.send_together(std::vector(8, token_call(tokens.refresh)));
}
void refreshes_for_each_request(Stage& stage, const Pair& tokens) {
    documents(stage, tokens, 8);
    Pair newest = tokens;
    for (int i = 0; i < 5; ++i) {
        newest = refresh(stage, newest);
        documents(stage, newest, 1);
    }
}
void keeps_the_first(Stage& stage, const Pair& tokens) {
    documents(stage, refresh(stage, tokens), 1);
    stage.wait(61min);
    documents(stage, refresh(stage, tokens), 1);
}
void keeps_the_newest(Stage& stage, const Pair& tokens) {
    const auto second = refresh(stage, tokens);
    documents(stage, second, 1);
    stage.wait(61min);
    documents(stage, refresh(stage, second), 1);
}
void shows_refresh_token(Stage& stage, const Pair& tokens) {
    documents(stage, {tokens.refresh, ""}, 1);
}

// Fresh ones are refused as well.
void fetches_tokens(Stage& stage, int times) {
    auto tokens = refresh(stage, {"", "seed-refresh-token"});
    for (int i = 0; i < times; ++i) {
        documents(stage, tokens, 1);
        tokens = refresh(stage, tokens);
    }
    documents(stage, tokens, 1);
}

// The consent is withdrawn: the second exchange ends the family.
Pair without_consent(Stage& stage) {
    const auto tokens = refresh(stage, {"", "seed-refresh-token"});
    (void)refresh(stage, {"", "seed-refresh-token"});
    return tokens;
}
void stops(Stage& stage) {
    (void)without_consent(stage);
}
void asks_again_and_again(Stage& stage) {
    const auto tokens = without_consent(stage);
    for (int i = 0; i < 4; ++i) {
        stage.wait(1s);
        (void)refresh(stage, tokens);
    }
}
void goes_on_with_the_dead_token(Stage& stage) {
    const auto tokens = without_consent(stage);
    stage.wait(1s);
    documents(stage, tokens, 1);
}

}  // namespace

void add_token_trials(std::vector<Trial>& list) {
    const auto slow = fault("{ delay = \"200ms\" }", "", "oauth:token");
    list.push_back(
        {.check = "AUT-02",
         .scenario = slow,
         .good = after_expiry(refreshes_once),
         .mutants = {{"gives up at 401", after_expiry(gives_up)},
                     {"sends it again with the old token", after_expiry(sends_the_old_again)},
                     {"refreshes and forgets the request", after_expiry(forgets_the_request)}}});
    list.push_back(
        {.check = "AUT-03",
         .scenario = slow,
         .good = after_expiry(refreshes_once),
         .mutants = {{"everybody refreshes", after_expiry(everybody_refreshes)},
                     {"refreshes for each request", after_expiry(refreshes_for_each_request)}}});
    list.push_back({.check = "AUT-04",
                    .scenario = slow + fault("{ status = 401 }", "", "oauth:get_document"),
                    .good = [](Stage& stage) { fetches_tokens(stage, 1); },
                    .mutants = {{"fetches tokens without end",
                                 [](Stage& stage) { fetches_tokens(stage, 6); }}}});
    list.push_back(
        {.check = "AUT-05",
         .scenario = slow + fault("{ status = 403 }", "{ nth = 1 }", "oauth:get_document"),
         .good = [](Stage& stage) { fetches_tokens(stage, 0); },
         .mutants = {
             {"refreshes because of a 403", [](Stage& stage) { fetches_tokens(stage, 1); }}}});
    list.push_back({.check = "AUT-06",
                    .scenario = slow + fault("{ auth = \"rotate\" }", "", "oauth:token"),
                    .good = stops,
                    .mutants = {{"asks again and again", asks_again_and_again},
                                {"goes on with the dead token", goes_on_with_the_dead_token}}});
    list.push_back({.check = "AUT-08",
                    .scenario = slow,
                    .good = after_expiry(keeps_the_newest),
                    .mutants = {{"keeps its first refresh token", after_expiry(keeps_the_first)}}});
    list.push_back(
        {.check = "AUT-11",
         .scenario = slow,
         .good = after_expiry(refreshes_once),
         .mutants = {{"sends its refresh token with a call", after_expiry(shows_refresh_token)}}});
}

}  // namespace apilab::sandbox::trials
