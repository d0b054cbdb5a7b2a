#include "checklist/probe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "apilab/transport/send.hpp"

namespace apilab::cli::checklist {

namespace {

constexpr Duration answer_within = std::chrono::seconds(10);

std::string lower(std::string_view name) {
    std::string text(name);
    std::ranges::transform(text, text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return text;
}

}  // namespace

transport::AsioTransportOptions probe_way() {
    transport::AsioTransportOptions options;
    options.idle_keep_alive = Duration{};
    options.replay_stale = false;
    return options;
}

runtime::Task<Probe> probe_send(runtime::RealScheduler& scheduler, transport::Transport& way,
                                http::Request request, std::string what) {
    Probe probe{.what = std::move(what)};
    const SteadyTime sent = scheduler.now();
    transport::SendOptions options;
    options.timeouts.attempt = answer_within;
    const auto answer = co_await transport::send(way, std::move(request), std::move(options));
    probe.took = scheduler.now() - sent;
    if (!answer) {
        probe.body = answer.error().to_string();
        co_return probe;
    }
    probe.status = answer->status();
    probe.body = answer->body();
    for (const auto& [name, value] : answer->headers()) {
        probe.headers.emplace_back(lower(name), value);
    }
    co_return probe;
}

runtime::Task<Probe> probe_get(runtime::RealScheduler& scheduler, transport::Transport& way,
                               http::Url base, std::string path) {
    const auto mark = std::min(path.find('?'), path.size());
    const auto url = base.with(path.substr(0, mark), path.substr(std::min(mark + 1, path.size())));
    co_return co_await probe_send(scheduler, way, http::Request::get(url), "GET " + path);
}

}  // namespace apilab::cli::checklist
