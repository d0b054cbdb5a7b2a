// Day 4: a login in the browser, and answers that are not ours
//
// Situation  Sixteen people log in with a browser. One comes back with the answer to another login,
//            one with an answer of another server, one says no; one code is over when it arrives,
//            and the answer to another one gets lost.
// Shows      State and issuer are compared before the code is touched; a challenge goes out, its
//            verifier stays here; a code is tried once, and what fails begins anew.
// Run        ./lab learn day04_auth_code_pkce --compare
// Break      --break=no-state | no-issuer | plain-challenge

#include <map>

#include "apilab/auth/authorization.hpp"
#include "apilab/auth/oauth2.hpp"
#include "apilab/auth/pkce.hpp"
#include "apilab/auth/unguessable.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/query.hpp"
#include "exercise.hpp"

namespace {

using namespace apilab;
using namespace exercise;
using namespace std::chrono_literals;
using Tokens = Result<auth::TokenSet>;

constexpr int people = 16;
constexpr int logins_max = 3;  // of one person: then something else is wrong
// Where a listener of ours would stand (auth/loopback_listener.hpp). The browser is ours, too: it
// stops there.
constexpr std::string_view callback = "http://127.0.0.1:8400/callback";
constexpr std::string_view scope = "documents.read offline_access";

// What is kept of one login until its answer comes: here, and nowhere else.
struct Login {
    explicit Login(Lab& where) : lab(where) {}
    Lab& lab;
    auth::OAuth2Options server = oauth2_client(lab, "oauth", "");
    std::string issuer = lab.get("/oauth").url().to_string();
    auth::ClientAuthentication client = {.client_id = server.client_id,
                                         .client_secret = server.client_secret};
    // A program takes a SystemRng; this one has to be replayed.
    Secret state = auth::unguessable(lab.rng());
    auth::Pkce pkce = auth::Pkce::fresh(lab.rng());
};

// The person's browser: opens the page, and is sent back with an answer in the query.
Task<Result<std::string>> browse(Lab& lab, Request page) {
    APILAB_CO_TRY(const auto answer, co_await send(lab.transport(), page));
    const auto to = answer.headers().value("location");
    if (!to.starts_with(callback)) {
        co_return fail(ErrorKind::auth, "the server shows a page of its own");
    }
    co_return std::string(to.substr(callback.size() + 1));
}

http::Query bare_page(const Login& login, std::string_view state) {
    http::Query query;
    return query.add("response_type", "code")
        .add("client_id", login.client.client_id)
        .add("redirect_uri", callback)
        .add("scope", scope)
        .add("state", state);
}

// The challenge tells nobody the verifier. Without it whoever sees the code can redeem it.
Request page_of(const Login& login) {
    const bool plain = login.lab.broken("plain-challenge");
    auto query = bare_page(login, login.state.reveal());
    query.add("code_challenge", plain ? login.pkce.verifier().reveal() : login.pkce.challenge())
        .add("code_challenge_method", plain ? "plain" : auth::Pkce::method);
    return login.lab.get("/oauth/authorize?" + query.to_string());
}

std::map<std::string, std::string> fields_of(std::string_view query) {
    std::map<std::string, std::string> fields;
    while (!query.empty()) {
        const auto field = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(field.size() + 1, query.size()));
        const auto equals = field.find('=');
        fields.emplace(field.substr(0, equals),
                       equals < field.size() ? http::percent_decode(field.substr(equals + 1)) : "");
    }
    return fields;
}

// Whose answer is it? A stranger can send our browser here with a code of theirs: then we would
// work in their account. And a server that we trust, too, can pass on the code of another one.
Result<Secret> code_in(const Login& login, const std::string& query) {
    auto answer = fields_of(query);
    // As secrets: a comparison that ends at the first difference would tell where that is.
    if (!login.lab.broken("no-state") && !(Secret(answer["state"]) == login.state)) {
        return fail(ErrorKind::auth, "the answer belongs to another login");
    }
    if (!login.lab.broken("no-issuer") && answer["iss"] != login.issuer) {
        return fail(ErrorKind::auth, "the answer is another server's");
    }
    if (answer.contains("error")) {
        return fail(Error(ErrorKind::auth, "no code").with_provider_code(answer["error"]));
    }
    return Secret(answer["code"]);
}

Task<Tokens> redeem(const Login& login, Secret code, Secret verifier) {
    http::Query form;
    form.add("grant_type", "authorization_code")
        .add("code", code.reveal())
        .add("redirect_uri", callback);
    if (!verifier.empty()) {
        form.add("code_verifier", verifier.reveal());
    }
    APILAB_CO_TRY(const auto request, auth::form_request(login.server.token_url, form, login.client,
                                                         login.lab.system_now()));
    co_return auth::read_token_answer(co_await send(login.lab.transport(), request));
}

Task<Tokens> by_hand(Lab& lab) {
    const Login login(lab);
    APILAB_CO_TRY(const auto query, co_await browse(lab, page_of(login)));
    APILAB_CO_TRY(const auto code, code_in(login, query));
    // Once: a code that turns up twice ends what it gave the first time.
    co_return co_await redeem(login, code, login.pkce.verifier());
}

// What one writes in a hurry. It works, as long as nobody wishes us ill.
Task<Tokens> in_a_hurry(Lab& lab) {
    const Login login(lab);
    const auto page = lab.get("/oauth/authorize?" + bare_page(login, "login").to_string());
    APILAB_CO_TRY(const auto query, co_await browse(lab, page));
    const Secret code(fields_of(query)["code"]);
    auto tokens = co_await redeem(login, code, {});
    co_return tokens ? tokens : co_await redeem(login, code, {});
}

// The same with the library's parts; auth::login joins them to a listener and a real browser.
Task<Tokens> by_library(Lab& lab) {
    const Login login(lab);
    const auto page = auth::AuthorizationRequest{.endpoint = lab.get("/oauth/authorize").url(),
                                                 .client_id = login.client.client_id,
                                                 .redirect_uri = std::string(callback),
                                                 .scope = std::string(scope),
                                                 .state = login.state,
                                                 .code_challenge = login.pkce.challenge()};
    APILAB_CO_TRY(const auto url, page.url());
    APILAB_CO_TRY(const auto query, co_await browse(lab, Request::get(url)));
    const auth::ExpectedAnswer expected{
        .state = login.state, .issuer = login.issuer, .issuer_required = true};
    APILAB_CO_TRY(const auto code, auth::read_authorization_answer(query, expected));
    const auth::AuthorizationCodeGrant grant({.token_url = login.server.token_url,
                                              .client = login.client,
                                              .code = code,
                                              .redirect_uri = std::string(callback),
                                              .code_verifier = login.pkce.verifier()});
    APILAB_CO_TRY(const auto request, grant.request({}, lab.system_now()));
    co_return grant.read(co_await send(lab.transport(), request), lab.system_now());
}

// Whatever went wrong, nothing of that login is used again. Only a no is final.
Task<int> log_in(Lab& lab, int person, auto once) {
    const auto document = lab.get("/oauth/documents/" + std::to_string(person));
    for (int login = 1; login <= logins_max; ++login) {
        const auto tokens = co_await once(lab);
        if (tokens) {
            const auto read = bearing(tokens->access_token, document);
            lab.ended("login", co_await send(lab.transport(), read));
        }
        if (tokens || tokens.error().provider_code() == "access_denied") {
            co_return login;
        }
    }
    lab.ended("login", fail(ErrorKind::auth, "could not log in"));
    co_return logins_max;
}

Task<void> everybody(Lab& lab, auto once) {
    int logins = 0;
    for (int person = 1; person <= people; ++person) {
        logins += co_await log_in(lab, person, once);
    }
    lab.number("logins begun", logins);
}

}  // namespace

int main(int argc, char** argv) {
    return exercise::run({.name = "day04_auth_code_pkce",
                          .story = "16 people log in with a browser; not every answer is ours",
                          .scenario = "day04-consent",
                          .deadline = 20s,
                          .sins = {{"no-state", "takes the answer to another login", "AUT-12"},
                                   {"no-issuer", "takes another server's answer", "AUT-12"},
                                   {"plain-challenge", "shows the verifier", "AUT-15"}},
                          .production = [](Lab& lab) { return everybody(lab, by_hand); },
                          .naive = [](Lab& lab) { return everybody(lab, in_a_hurry); },
                          .library = [](Lab& lab) { return everybody(lab, by_library); },
                          .numbers = {"logins begun", "tokens issued"},
                          .next = "day05_logging"},
                         argc, argv);
}
