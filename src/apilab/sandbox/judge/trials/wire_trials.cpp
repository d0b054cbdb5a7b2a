// How a client holds its connections and cookies, and how long it waits.

#include <fmt/format.h>

#include <string>
#include <vector>

#include "apilab/sandbox/judge/trials/internal/caller.hpp"
#include "apilab/sandbox/judge/trials/internal/topics.hpp"

namespace apilab::sandbox::trials {
namespace {

using namespace std::chrono_literals;

// Twenty items, one after the other.
Client reading(bool keeps_connection) {
    return [keeps_connection](Stage& stage) {
        for (Call& call : gets(20)) {
            call.connection = keeps_connection ? 1 : 0;
            (void)stage.send(std::move(call));
            stage.wait(50ms);
        }
    };
}

// The second answer says that the connection is over.
Client after_the_last_answer(bool opens_another) {
    return [opens_another](Stage& stage) {
        auto calls = gets(3);
        for (std::size_t i = 0; i < calls.size(); ++i) {
            calls[i].connection = opens_another && i == 2 ? 2 : 1;
            (void)stage.send(calls[i]);
            stage.wait(1ms);
        }
    };
}

// The second request over a kept connection gets no answer.
Client after_a_stale_close(bool repeats) {
    return [repeats](Stage& stage) {
        auto calls = gets(2);
        for (Call& call : calls) {
            call.connection = 1;
            (void)stage.send(call);
            stage.wait(1ms);
        }
        if (repeats) {
            calls[1].connection = 2;
            (void)stage.send(calls[1]);
        }
    };
}

// The second answer has an interim one before it.
Client after_an_interim_answer(bool understands) {
    return [understands](Stage& stage) {
        auto calls = gets(3);
        calls[2] = understands ? calls[2] : calls[1];
        for (std::size_t i = 0; i < calls.size(); ++i) {
            calls[i].connection = !understands && i == 2 ? 2 : 1;
            (void)stage.send(calls[i]);
            stage.wait(1ms);
        }
    };
}

Client waiting(Duration patience) {
    return [patience](Stage& stage) {
        stage.patience = patience;
        (void)stage.send(gets(1).front());
    };
}

// What a client does with the cookies that a login gave it.
struct Jar {
    bool minds_paths = true;
    bool minds_hosts = true;
};

Client with_cookies(Jar jar) {
    return [jar](Stage& stage) {
        const auto login = stage.send({.method = "POST",
                                       .target = "/api/session",
                                       .body = R"({"user":"ada","password":"api_password_stub"})",
                                       .headers = {{"host", "sandbox.test"}}});
        std::string session;
        std::string all;
        for (const auto field : login.headers.get_all("set-cookie")) {
            const auto pair = field.substr(0, field.find(';'));
            session = pair.starts_with("sid=") ? pair : session;
            all += (all.empty() ? "" : "; ") + std::string(pair);
        }
        const auto order = [&](std::string host, const std::string& cookies) {
            http::Headers headers = {{"host", std::move(host)}};
            if (!cookies.empty()) {
                headers.add("cookie", cookies);
            }
            (void)stage.send({.target = "/api/orders", .headers = std::move(headers)});
        };
        order("sandbox.test", jar.minds_paths ? session : all);
        order("other.test", jar.minds_hosts ? "" : session);
    };
}

std::string silent(std::string_view at) {
    return fault(fmt::format("{{ stall = {{ at = \"{}\" }} }}", at));
}

void add_odd_connections(std::vector<Trial>& list) {
    list.push_back({.check = "CON-02",
                    .scenario = fault("{ close = \"stale_keepalive\" }", "{ nth = 1 }"),
                    .good = after_a_stale_close(true),
                    .mutants = {{"gives up what it may repeat", after_a_stale_close(false)}}});
    for (const auto* kind : {"interim_100", "interim_103"}) {
        list.push_back(
            {.check = "CON-04",
             .scenario = fault(fmt::format("{{ framing = \"{}\" }}", kind), "{ nth = 2 }"),
             .good = after_an_interim_answer(true),
             .mutants = {{"takes it for the answer, and asks again",
                          after_an_interim_answer(false)}},
             .about = kind});
    }
    for (const auto* kind : {"stray_bytes", "short_length"}) {
        list.push_back(
            {.check = "CON-06",
             .scenario = fault(fmt::format("{{ framing = \"{}\" }}", kind), "{ nth = 2 }"),
             .good = after_the_last_answer(true),
             .mutants = {{"uses the connection again", after_the_last_answer(false)}},
             .about = kind});
    }
}

void add_patience(std::vector<Trial>& list) {
    for (const auto* at : {"accept", "headers"}) {
        list.push_back({.check = "TMO-01",
                        .scenario = silent(at),
                        .good = waiting(15s),
                        .mutants = {{"has no limit", waiting(1h)}},
                        .about = at});
    }
    list.push_back({.check = "TMO-02",
                    .scenario = silent("body"),
                    .good = waiting(15s),
                    .mutants = {{"has no limit for a body", waiting(1h)}}});
    list.push_back({.check = "TMO-05",
                    .scenario = fault("{ delay = \"2s\" }"),
                    .good = waiting(15s),
                    .mutants = {{"waits half a second", waiting(500ms)}}});
}

}  // namespace

void add_wire_trials(std::vector<Trial>& list) {
    list.push_back({.check = "CON-01",
                    .scenario = fault("{ delay = \"20ms\" }"),
                    .good = reading(true),
                    .mutants = {{"opens one for each request", reading(false)}}});
    list.push_back({.check = "CON-03",
                    .scenario = fault("{ close = \"announced\" }", "{ nth = 2 }"),
                    .good = after_the_last_answer(true),
                    .mutants = {{"uses it again", after_the_last_answer(false)}}});
    add_odd_connections(list);
    list.push_back(
        {.check = "CKY-01",
         .scenario = "",
         .good = with_cookies({}),
         .mutants = {{"sends every cookie to every path", with_cookies({.minds_paths = false})},
                     {"sends a cookie to another host", with_cookies({.minds_hosts = false})}}});
    add_patience(list);
}

}  // namespace apilab::sandbox::trials
