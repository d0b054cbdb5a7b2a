// Day 3: eight places where a key was seen that nobody had put there on purpose
//
// Situation  A program asks a service once, with a key. Around that one call it starts a helper,
//            follows a redirect, writes a log, a HAR and a metric, and says what went wrong.
// Shows      Eight leaks, each as it comes about, and what mends it. The board says 8/8.
// Run        ./lab learn day03_secret_leak_hunt --compare
// Break      --break=argv | child-env | exception | url | redirect | log | har | label

#include <fmt/format.h>

#include "apilab/base/command.hpp"
#include "apilab/base/file.hpp"
#include "apilab/base/scrubber.hpp"
#include "apilab/http/redact.hpp"
#include "apilab/observe/har.hpp"
#include "exercise.hpp"

namespace {

using namespace apilab;
using namespace exercise;
using namespace std::chrono_literals;

// What a place needs to leak, or not to.
struct Case {
    std::string key;
    /// As it was sent, with the key in its header.
    Request request;
    std::filesystem::path folder;
    bool leaks = false;
};

// A helper shows what everybody on the machine can see of it.
std::string shown_by_helper(const std::string& script, const std::string& argument,
                            std::vector<std::string> environment) {
    return or_refuse(
               run_command({"/bin/sh", "-c", script, "helper", argument}, std::move(environment)))
        .text;
}

// `ps` shows arguments to everybody. A file that only we may read does not show.
std::string argv_of_child(const Case& one) {
    const auto file = one.folder / "key";
    or_refuse(write_file_atomically(file, one.key));  // mode 0600
    return shown_by_helper("tr '\\0' ' ' </proc/$$/cmdline",
                           one.leaks ? "--key=" + one.key : "--key-file=" + file.string(),
                           {"PATH=/usr/bin:/bin"});
}

// A child inherits all there is, and hands it on to its own. Name what it needs.
std::string environment_of_child(const Case& one) {
    std::vector<std::string> given = {"PATH=/usr/bin:/bin"};
    if (one.leaks) {
        given.push_back("APILAB_API_KEY=" + one.key);
    }
    return shown_by_helper("tr '\\0' '\\n' </proc/$$/environ", "", std::move(given));
}

// What a crash prints, and what a core file begins with. A fingerprint tells one key from another.
std::string exception_text(const Case& one) {
    const std::string which =
        one.leaks ? one.key : "sha256:" + Secret(one.key).fingerprint() + " of APILAB_API_KEY";
    try {
        throw std::runtime_error("the service refused the key " + which);
    } catch (const std::exception& error) {
        return error.what();
    }
}

// The next address is another host's. What was for the first one does not go along.
std::string seen_by_other_host(const Case& one) {
    const auto moved = Response(302).header("location", "http://elsewhere.test/auth/key");
    auto next = one.request;
    next.url(or_refuse(http::Url::parse(moved.headers().value("location"))));
    if (!one.leaks && next.url().origin() != one.request.url().origin()) {
        next.headers().remove("x-api-key");
    }
    std::string seen = "GET " + next.url().to_string() + "\n";
    for (const auto& [name, value] : next.headers()) {
        seen += name + ": " + value + "\n";
    }
    return seen;
}

// "Only for debugging": whoever may read logs has the key. Names, and values that are harmless.
std::string log_line(const Case& one) {
    std::string line = "GET " + one.request.url().path();
    for (const auto& [name, value] : one.request.headers()) {
        line += fmt::format(" {}={}", name, one.leaks ? value : http::shown_header(name, value));
    }
    return line;
}

// A trace is sent along with a bug report. The library's is redacted when it is written.
std::string har_text(const Case& one) {
    observe::Har har;
    har.add({.started = {}, .request = one.request, .response = Response(200), .attempt = {}});
    auto text = har.text();
    if (one.leaks) {  // as a browser saves it
        text.replace(text.find("\"***\""), 5, "\"" + one.key + "\"");
    }
    return text;
}

// A label is kept for months, and drawn on a wall. The template of the address, not the address.
std::string metric_text(const Case& one) {
    return fmt::format("requests_total{{url=\"/api/auth/key{}\"}} 1",
                       one.leaks ? "?api_key=" + one.key : "");
}

struct Place {
    std::string name;
    std::string mended;
    /// What can be seen there; null for the address, which the sandbox sees itself.
    std::string (*text)(const Case&) = nullptr;
};

const std::vector<Place> places = {
    {"argv", "the helper is given the name of a file", argv_of_child},
    {"child-env", "the helper is given what it needs", environment_of_child},
    {"exception", "a fingerprint instead of the key", exception_text},
    {"url", "the key is in the header that is made for it"},
    {"redirect", "another host gets no key", seen_by_other_host},
    {"log", "values of harmless headers only", log_line},
    {"har", "redacted when it is written", har_text},
    {"label", "the template of the address", metric_text},
};

// The key in the query ends up in the logs of every proxy on the way.
Request request_of(Lab& lab, const std::string& key, bool leaks) {
    auto request = lab.get(leaks ? "/api/auth/key?api_key=" + key : "/api/auth/key");
    if (!leaks) {
        request.header("x-api-key", key);
    }
    return request;
}

// The hunter's own tool: it knows the key in every encoding, as those who collect keys do.
Task<void> hunt(Lab& lab, bool naive) {
    const Secret key = secret_of(lab, "APILAB_API_KEY");
    Scrubber hunter;
    hunter.add(key);
    int mended = 0;
    for (const auto& place : places) {
        Case one{.key = std::string(key.reveal()),
                 .request = lab.get("/api/auth/key"),
                 .folder = lab.folder(),
                 .leaks = naive || lab.broken(place.name)};
        std::string seen;
        if (place.text == nullptr) {
            const auto request = request_of(lab, one.key, one.leaks);
            lab.ended("key", co_await transport::send(lab.transport(), request));
            seen = request.url().to_string();
        } else {
            one.request.header("x-api-key", one.key);
            seen = place.text(one);
            lab.hand_in(place.name, seen);
        }
        const bool clean = hunter.find(seen).empty();
        mended += clean ? 1 : 0;
        lab.show(fmt::format("  {}  {:<10} {}\n", clean ? "mended" : "LEAKS ", place.name,
                             clean ? place.mended : "the key is there"));
    }
    lab.show(fmt::format("  {}/{}\n", mended, places.size()));
    lab.number("mended", mended);
}

}  // namespace

int main(int argc, char** argv) {
    return exercise::run(
        {.name = "day03_secret_leak_hunt",
         .story = "one call with a key, and eight places around it where the key may be seen",
         .scenario = "day03-leaks",
         .deadline = 20s,
         .sins = {{"argv", "gives the key to a helper as an argument", "SEC-01"},
                  {"child-env", "hands its whole environment on", "SEC-01"},
                  {"exception", "says the key when it fails", "SEC-01"},
                  {"url", "puts the key into the query", "AUT-01"},
                  {"redirect", "takes the key along to another host", "SEC-01"},
                  {"log", "logs headers with their values", "SEC-01"},
                  {"har", "saves a trace as it was", "SEC-01"},
                  {"label", "labels a metric with the whole address", "SEC-01"}},
         .production = [](Lab& lab) { return hunt(lab, false); },
         .naive = [](Lab& lab) { return hunt(lab, true); },
         .numbers = {"mended"},
         .next = "day03_redirect_trap"},
        argc, argv);
}
