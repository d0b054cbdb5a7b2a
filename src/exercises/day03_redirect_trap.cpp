// Day 3: where an answer may send you, and what you take along
//
// Situation  Five requests, each answered by a redirect: two lead to somebody else's origin and on
//            from there, one stays at home, one is a write, one leads in a circle.
// Shows      Credentials belong to an origin. Method and body follow from the status. Hops are
//            counted.
// Run        ./lab learn day03_redirect_trap --compare
// Break      --break=keep-headers | always-get | no-limit

#include <algorithm>
#include <array>

#include "apilab/base/base64.hpp"
#include "exercise.hpp"

namespace {

using namespace exercise;
using apilab::http::Url;
using Answer = Result<Response>;
using Follow = Task<Answer> (*)(Lab&, Request);

constexpr int hops_max = 10;      // browsers take 20; an API that needs three is odd
constexpr int hops_endless = 50;  // what "no limit" is in a program that has to end
constexpr std::array statuses = {301, 302, 303, 307, 308};
// Of the standard; and what is a secret for this API alone, which no library can know.
constexpr std::array<std::string_view, 4> secrets = {"authorization", "cookie",
                                                     "proxy-authorization", "x-api-key"};

// Where the answer leads; nothing: it is the answer. `Location` may be relative.
std::optional<Url> target_of(const Request& sent, const Answer& answer) {
    if (!answer || std::ranges::find(statuses, answer->status()) == statuses.end()) {
        return std::nullopt;
    }
    auto target = sent.url().resolve(answer->headers().value("location"));
    return target ? std::optional(*std::move(target)) : std::nullopt;
}

// 303 says "look there": a GET. 307 and 308 say "do it there": the same again. 301 and 302 mean
// that too, but for forty years a POST has become a GET on the way.
bool becomes_get(const Request& sent, int status) {
    return status == 303 || (sent.method() == "POST" && (status == 301 || status == 302));
}

Request next_request(Lab& lab, const Request& sent, int status, const Url& target) {
    const bool fetch = becomes_get(sent, status) || lab.broken("always-get");
    Request next(fetch ? "GET" : sent.method(), target);
    // Scheme, host and port: another port is somebody else. Made from what was sent last, so that
    // what was dropped once stays dropped, also where the way leads on within the other origin.
    const bool elsewhere = target.origin() != sent.url().origin() && !lab.broken("keep-headers");
    for (const auto& [name, value] : sent.headers()) {
        const bool secret = std::ranges::any_of(
            secrets, [&](std::string_view one) { return apilab::http::iequals(name, one); });
        const bool of_body = fetch && apilab::http::iequals(name, "content-type");
        if (!(secret && elsewhere) && !of_body) {
            next.headers().add(name, value);
        }
    }
    if (!fetch) {
        next.body(sent.body());
    }
    return next;
}

Task<Answer> follow(Lab& lab, Request request) {
    const int most = lab.broken("no-limit") ? hops_endless : hops_max;
    for (int hop = 0;; ++hop) {
        auto answer = co_await apilab::transport::send(lab.transport(), request);
        const auto target = target_of(request, answer);
        if (!target || hop == most) {
            co_return answer;  // at the limit: the redirect itself, which the caller sees is none
        }
        request = next_request(lab, request, answer->status(), *target);
    }
}

// What one writes in a hurry: the same again, at the other address.
Task<Answer> follow_blindly(Lab& lab, Request request) {
    for (int hop = 0;; ++hop) {
        auto answer = co_await apilab::transport::send(lab.transport(), request);
        const auto target = target_of(request, answer);
        if (!target || hop == hops_endless) {
            co_return answer;
        }
        request.url(*target);
    }
}

// The same as `follow` in one line of the library.
Task<Answer> follow_by_library(Lab& lab, Request request) {
    co_return co_await lab.client().send(std::move(request));
}

Request with(Request request, std::string_view name, const std::string& value) {
    request.header(name, value);
    return request;
}

Task<void> all(Lab& lab, Follow follow_one) {
    const auto secret = [&](const std::string& name) {
        return std::string(secret_of(lab, name).reveal());
    };
    const auto person = secret("APILAB_API_USER") + ":" + secret("APILAB_API_PASSWORD");
    const std::vector<std::pair<std::string, Request>> requests = {
        {"token", with(lab.get("/api/auth/bearer"), "authorization",
                       "Bearer " + secret("APILAB_API_TOKEN"))},
        {"key", with(lab.get("/api/auth/key"), "x-api-key", secret("APILAB_API_KEY"))},
        {"password", with(lab.get("/api/auth/basic"), "authorization",
                          "Basic " + apilab::base64_encode(person))},
        {"write", lab.request("POST", "/effects/", R"({"event":"moved"})")},
        {"circle", lab.get("/npm/lodash")},
    };
    for (const auto& [name, request] : requests) {
        lab.ended(name, co_await follow_one(lab, request));
    }
}

}  // namespace

int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day03_redirect_trap",
         .story = "five redirects, two of them to somebody else",
         .scenario = "day03-redirects",
         .deadline = std::chrono::seconds(20),
         .sins = {{"keep-headers", "takes its credentials along wherever it is sent", "RDR-01"},
                  {"always-get", "turns every redirected request into a GET", "RDR-05"},
                  {"no-limit", "goes in circles", "RDR-06"}},
         .production = [](Lab& lab) { return all(lab, follow); },
         .naive = [](Lab& lab) { return all(lab, follow_blindly); },
         .library = [](Lab& lab) { return all(lab, follow_by_library); },
         .numbers = {"foreign requests", "foreign requests with credentials"},
         .next = "day04_oauth2"},
        argc, argv);
}
