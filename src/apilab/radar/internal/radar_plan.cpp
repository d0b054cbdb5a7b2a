#include "apilab/radar/internal/radar_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "apilab/base/ascii.hpp"
#include "apilab/base/file.hpp"
#include "apilab/base/scrubber.hpp"
#include "apilab/base/try.hpp"
#include "apilab/http/json.hpp"
#include "apilab/http/trace_context.hpp"
#include "apilab/work/schedule.hpp"

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

work::NewJob plain_job(std::string kind) {
    return {.queue = std::string(radar_queue), .kind = kind, .payload = "{}", .coalesce_key = kind};
}

// A trace that began at the sender, or in a proxy in front, goes on in the job.
void keep_trace(const work::Incoming& incoming, work::NewJob& job) {
    for (const auto& [name, value] : incoming.event.headers) {
        if (ascii_lowered(name) == "traceparent" && http::TraceContext::parse(value)) {
            job.trace_context = value;
        }
    }
}

}  // namespace

work::NewJob check_job(std::string_view watch, std::string_view why) {
    return {.queue = std::string(radar_queue),
            .kind = "check",
            .payload = fmt::format(R"({{"watch":{},"why":{}}})", http::json_quote(watch),
                                   http::json_quote(why)),
            .order_key = fmt::format("watch:{}", watch),
            .coalesce_key = fmt::format("check:{}", watch)};
}

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
        add("digest", std::move(when), plain_job("digest"));
    }
    if (config.notion) {
        const auto seconds =
            std::chrono::floor<std::chrono::seconds>(config.notion->read_every).count();
        APILAB_TRY(auto when, schedule("notion.read_every", fmt::format("every {}s", seconds)));
        add("notion.read", std::move(when), plain_job("notion.read"));
    }
    if (!config.backup_folder.empty()) {
        APILAB_TRY(auto when, schedule("backup.schedule", config.backup_schedule));
        add("backup", std::move(when), plain_job("backup"));
    }
    return jobs;
}

std::vector<work::ReceiverEndpoint> endpoints_of(const Config& config,
                                                 const std::filesystem::path& folder,
                                                 const std::function<void()>& kept) {
    std::vector<work::ReceiverEndpoint> endpoints;
    for (const auto& source : config.webhooks) {
        endpoints.push_back({.sender = source.sender,
                             .secrets = source.secrets,
                             .queue = std::string(radar_queue),
                             .prepare = keep_trace});
    }
    const bool has_notion = std::ranges::find(config.webhooks, "notion", &WebhookSource::sender) !=
                            config.webhooks.end();
    if (!config.notion || has_notion || folder.empty()) {
        return endpoints;
    }
    work::ReceiverEndpoint notion{
        .sender = "notion", .queue = std::string(radar_queue), .prepare = keep_trace};
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
