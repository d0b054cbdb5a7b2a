// Where a client goes when an answer sends it elsewhere, and what it takes along.

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "apilab/sandbox/judge/trials/internal/caller.hpp"
#include "apilab/sandbox/judge/trials/internal/topics.hpp"

namespace apilab::sandbox::trials {
namespace {

std::string led(std::string_view how, std::string_view where) {
    return fault(fmt::format("{{ redirect = {{ {} }} }}", how), "", where);
}

bool leads_on(const Seen& seen) {
    return seen.status >= 300 && seen.status < 400 && seen.headers.contains("location");
}

// Follows by hand. At another origin it sends `elsewhere` in place of its own headers.
Client following(http::Headers elsewhere, int hops_max) {
    return [elsewhere = std::move(elsewhere), hops_max](Stage& stage) {
        Seen seen = stage.send(
            {.target = "/oauth/documents/1", .headers = {{"authorization", "Bearer stale"}}});
        for (int hop = 0; hop < hops_max && leads_on(seen); ++hop) {
            const std::string target(seen.headers.value("location"));
            const bool home = target.starts_with("http://sandbox.test");
            seen = stage.send(
                {.target = target,
                 .headers = home ? http::Headers{{"authorization", "Bearer stale"}} : elsewhere});
        }
    };
}

// A write that is sent elsewhere; followed with this method and body.
Client writing(std::string method, std::string body) {
    return [method = std::move(method), body = std::move(body)](Stage& stage) {
        const http::Headers form = {{"content-type", "application/x-www-form-urlencoded"}};
        (void)stage.send(
            {.method = "POST", .target = "/oauth/revoke", .body = "token=x", .headers = form});
        stage.wait(std::chrono::milliseconds(1));
        (void)stage.send(
            {.method = method, .target = "/oauth/introspect", .body = body, .headers = form});
    };
}

}  // namespace

void add_redirect_trials(std::vector<Trial>& list) {
    constexpr std::string_view document = "oauth:get_document";
    list.push_back(
        {.check = "RDR-01",
         .scenario = led("to = \"foreign/hop/1\"", document),
         .good = following({{"accept", "*/*"}}, 5),
         .mutants = {{"takes its token along", following({{"authorization", "Bearer stale"}}, 5)},
                     {"takes its cookies along", following({{"cookie", "sid=1"}}, 5)}}});
    list.push_back(
        {.check = "RDR-03",
         .scenario = led("to = \"foreign/hop/1\"", document),
         .good = following({{"accept", "*/*"}}, 5),
         .mutants = {{"takes a key of its own along", following({{"x-api-key", "k"}}, 5)}}});
    for (const int status : {307, 308}) {
        list.push_back(
            {.check = "RDR-05",
             .scenario = led(fmt::format("status = {}, to = \"/oauth/introspect\"", status),
                             "oauth:revoke"),
             .good = writing("POST", "token=x"),
             .mutants = {{"makes a GET of it", writing("GET", "")},
                         {"loses the body", writing("POST", "")}},
             .about = std::to_string(status)});
    }
    list.push_back({.check = "RDR-05",
                    .scenario = led("status = 303, to = \"/oauth/introspect\"", "oauth:revoke"),
                    .good = writing("GET", ""),
                    .mutants = {{"sends the write a second time", writing("POST", "token=x")}},
                    .about = "303"});
    list.push_back({.check = "RDR-06",
                    .scenario = led("to = \"loop\"", document),
                    .good = following({}, 20),
                    .mutants = {{"follows for ever", following({}, 100)}}});
}

}  // namespace apilab::sandbox::trials
