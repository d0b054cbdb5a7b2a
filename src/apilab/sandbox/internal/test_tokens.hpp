#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apilab/base/base64.hpp"
#include "apilab/http/json.hpp"
#include "apilab/http/wire.hpp"
#include "apilab/runtime/task_group.hpp"
#include "apilab/runtime/virtual_scheduler.hpp"
#include "apilab/sandbox/foreign/provider.hpp"
#include "apilab/sandbox/judge/judge.hpp"
#include "apilab/sandbox/oauth/provider.hpp"

namespace apilab::sandbox::internal {

using runtime::Task;

/// An authorisation server whose token endpoint takes 200 ms, and a client written by hand.
class TokenWorld {
public:
    explicit TokenWorld(const std::string& faults = "", oauth::OAuthOptions server = {}) {
        SandboxOptions options;
        options.scenario = *parse_scenario(
            "name = \"x\"\n[[fault]]\nwhere = \"oauth:token\"\nwhat = { delay = \"200ms\" }\n" +
            faults);
        options.providers.push_back(std::make_unique<oauth::OAuthProvider>(std::move(server)));
        options.providers.push_back(std::make_unique<foreign::ForeignProvider>());
        sandbox = *Sandbox::make(scheduler, std::move(options));
    }

    struct Reply {
        int status = 0;
        std::string access;
        std::string refresh;
        /// Where a redirect leads.
        std::string location;
    };
    /// Sends all of them at once.
    std::vector<Reply> send(std::vector<http::Request> requests) {
        std::vector<Reply> replies(requests.size());
        const auto all = [](TokenWorld* world, std::vector<http::Request> sent,
                            std::vector<Reply>* into) -> Task<void> {
            runtime::TaskGroup group(world->scheduler);
            for (std::size_t i = 0; i < sent.size(); ++i) {
                group.spawn(world->attempt(sent[i], &(*into)[i]));
            }
            co_await group.join();
        };
        runtime::run(scheduler, all(this, std::move(requests), &replies));
        return replies;
    }
    Reply send(http::Request request) { return send(std::vector{std::move(request)}).front(); }

    static http::Request document(const std::string& id, const std::string& token) {
        auto request =
            http::Request::get(*http::Url::parse("http://sandbox.test/oauth/documents/" + id));
        request.header("authorization", "Bearer " + token);
        return request;
    }
    static http::Request token(const std::string& refresh_token) {
        return grant("grant_type=refresh_token&refresh_token=" + refresh_token);
    }
    static http::Request grant(std::string form) {
        auto request = http::Request::post(*http::Url::parse("http://sandbox.test/oauth/token"),
                                           std::move(form), "application/x-www-form-urlencoded");
        request.header("authorization", "Basic " + base64_encode("cid:sec"));
        return request;
    }
    /// Asks for documents `a1`, `a2`, ... with one token, all at once.
    std::vector<Reply> documents(const std::string& name, int count, const std::string& access) {
        std::vector<http::Request> requests;
        for (int i = 1; i <= count; ++i) {
            requests.push_back(document(name + std::to_string(i), access));
        }
        return send(std::move(requests));
    }

    Finding judged(std::string_view id) {
        sandbox->stop_run();
        const auto report = judge_run(*sandbox);
        for (const auto& result : report->checks) {
            if (result.card.id == id) {
                return result.finding;
            }
        }
        throw std::logic_error("no such check");
    }

    runtime::VirtualScheduler scheduler;
    std::unique_ptr<Sandbox> sandbox;

private:
    Task<void> attempt(http::Request request, Reply* reply) {
        auto answer = co_await sandbox->call(std::move(request), {});
        const bool lost = answer->wire()->reset != http::WirePlan::Reset::none;
        answer->wire()->on_finished(
            {.bytes_sent = lost ? 0U : 1U, .finished = scheduler.now(), .cut_by_plan = lost});
        if (lost) {
            co_return;
        }
        reply->status = answer->status();
        reply->location = answer->headers().value("location");
        if (const auto json = http::JsonDocument::parse(answer->body())) {
            reply->access = json->root()["access_token"].string_or("");
            reply->refresh = json->root()["refresh_token"].string_or("");
        }
    }
};

}  // namespace apilab::sandbox::internal
