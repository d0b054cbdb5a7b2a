#include "apilab/radar/internal/radar_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "apilab/base/file.hpp"
#include "apilab/base/scrubber.hpp"
#include "apilab/base/try.hpp"
#include "apilab/radar/service/handlers.hpp"
#include "apilab/work/schedule.hpp"
#include "apilab/work/work_trace.hpp"

namespace apilab::radar::internal {
namespace {

constexpr std::size_t token_max = 4096;

Result<work::Schedule> schedule(std::string_view key, const std::string& text) {
    auto parsed = work::Schedule::parse(text);
    if (!parsed) {
        return fail(Error(ErrorKind::invalid_argument, parsed.error().message())
                        .with_detail(std::string(key))
                        .in(std::string(key)));
    }
    return parsed;
}

std::function<void(const work::Incoming&, work::NewJob&)> keep_trace(Rng& rng) {
    return [&rng](const work::Incoming& incoming, work::NewJob& job) {
        job.trace_context = work::delivery_trace(incoming.event, rng).traceparent();
    };
}

}  // namespace

Result<std::vector<work::ScheduledJob>> schedules_of(const Config& config) {
    std::vector<work::ScheduledJob> jobs;
    const auto add = [&](std::string name, work::Schedule when, work::NewJob job) {
        jobs.push_back(
            {.name = std::move(name), .schedule = std::move(when), .job = std::move(job)});
    };
    APILAB_TRY(const auto checks, schedule("schedule", config.schedule));
    for (const auto& watch : config.watches) {
        add(std::string(check_schedule) + watch.name, checks, check_job(watch.name, "schedule"));
    }
    if (config.gmail) {
        APILAB_TRY(auto when, schedule("gmail.schedule", config.gmail->schedule));
        add("digest", std::move(when), digest_job());
    }
    if (config.notion) {
        const auto seconds =
            std::chrono::floor<std::chrono::seconds>(config.notion->read_every).count();
        APILAB_TRY(auto when, schedule("notion.read_every", fmt::format("every {}s", seconds)));
        add("notion.read", std::move(when), notion_read_job());
    }
    return jobs;
}

std::vector<work::ReceiverEndpoint> endpoints_of(const Config& config,
                                                 const std::filesystem::path& folder, Rng& rng,
                                                 const std::function<void()>& kept) {
    std::vector<work::ReceiverEndpoint> endpoints;
    for (const auto& source : config.webhooks) {
        endpoints.push_back({.sender = source.sender,
                             .secrets = source.secrets,
                             .queue = std::string(radar_queue),
                             .prepare = keep_trace(rng)});
    }
    const bool has_notion = std::ranges::find(config.webhooks, "notion", &WebhookSource::sender) !=
                            config.webhooks.end();
    if (!config.notion || has_notion || folder.empty()) {
        return endpoints;
    }
    work::ReceiverEndpoint notion{
        .sender = "notion", .queue = std::string(radar_queue), .prepare = keep_trace(rng)};
    const auto file = folder / "notion-webhook-token";
    if (auto token = read_file(file, token_max); token && !token->empty()) {
        notion.secrets.emplace_back(*std::move(token));
        Scrubber::of_process().add(notion.secrets.back());
    } else {
        notion.keep_token = [file, kept](const Secret& token) {
            Scrubber::of_process().add(token);
            if (!write_file_atomically(file, token.reveal())) {
                return false;
            }
            kept();
            return true;
        };
    }
    endpoints.push_back(std::move(notion));
    return endpoints;
}

}  // namespace apilab::radar::internal
