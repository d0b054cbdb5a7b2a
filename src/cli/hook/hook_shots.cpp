// What `apilab hook trigger` sends: genuine webhooks as the sandbox's senders write them, and
// others.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "apilab/base/try.hpp"
#include "apilab/runtime/body.hpp"
#include "apilab/sandbox/webhook/dialect.hpp"
#include "apilab/transport/send.hpp"
#include "hook/hook_trigger.hpp"

namespace apilab::cli {
namespace {

namespace webhook = sandbox::webhook;
using webhook::Matter;
using webhook::Truth;

struct HostileWay {
    std::string_view name;
    Truth truth = Truth::genuine;
};
// Those with a truth of their own are not to be believed; the others are genuine.
constexpr std::array ways{
    HostileWay{.name = "altered", .truth = Truth::altered},
    HostileWay{.name = "duplicate"},
    HostileWay{.name = "forged", .truth = Truth::forged},
    HostileWay{.name = "future", .truth = Truth::future},
    HostileWay{.name = "huge"},
    HostileWay{.name = "odd"},
    HostileWay{.name = "reordered"},
    HostileWay{.name = "replayed"},
    HostileWay{.name = "slow"},
    HostileWay{.name = "stale", .truth = Truth::stale},
    HostileWay{.name = "twin"},
    HostileWay{.name = "unsigned", .truth = Truth::without_signature},
};

// A body in four pieces over two seconds.
class Drip final : public runtime::BodySource {
public:
    Drip(runtime::RealScheduler& scheduler, std::string bytes)
        : scheduler_(scheduler), bytes_(std::move(bytes)) {}
    [[nodiscard]] std::optional<std::uint64_t> length() const override { return bytes_.size(); }
    [[nodiscard]] bool replayable() const override { return false; }
    [[nodiscard]] runtime::Task<Result<void>> start() override { co_return Result<void>(); }
    [[nodiscard]] runtime::Task<Result<std::string>> read(std::size_t max) override {
        if (at_ == bytes_.size()) {
            co_return std::string();
        }
        auto slept = co_await scheduler_.sleep_for(pause);
        if (!slept) {
            co_return fail(std::move(slept).error());
        }
        std::string piece = bytes_.substr(at_, std::min(max, bytes_.size() / 4 + 1));
        at_ += piece.size();
        co_return piece;
    }

private:
    static constexpr Duration pause = std::chrono::milliseconds(500);
    runtime::RealScheduler& scheduler_;
    std::string bytes_;
    std::size_t at_ = 0;
};

Result<void> check_hostile(const ShotPlan& plan) {
    const auto* dialect = webhook::find_dialect(plan.type.from);
    for (const auto& name : plan.hostile) {
        const auto way = std::ranges::find(ways, name, &HostileWay::name);
        if (way == ways.end()) {
            return fail(ErrorKind::invalid_argument,
                        fmt::format("--hostile: expected one of {}", hostile_names()));
        }
        const bool of_time = way->truth == Truth::stale || way->truth == Truth::future;
        if (of_time && !dialect->dated) {
            return fail(ErrorKind::invalid_argument,
                        fmt::format("--hostile {}: {} signs no time", name, plan.type.from));
        }
        if (name == "replayed" && plan.type.from != "github") {
            return fail(ErrorKind::invalid_argument,
                        fmt::format("--hostile replayed: the id of {} is part of what is signed; "
                                    "of github it is not",
                                    plan.type.from));
        }
        if (plan.type.handshake) {
            return fail(ErrorKind::invalid_argument, "--hostile: not with a handshake");
        }
    }
    return {};
}

webhook::Letter letter_of(const ShotPlan& plan, int number, std::string_view name, Matter matter,
                          bool odd, SystemTime now) {
    webhook::Letter letter;
    letter.from = plan.type.from;
    letter.id = webhook::event_id(plan.type.from, plan.seed, name);
    letter.variant = static_cast<std::uint64_t>(number);
    letter.secrets = plan.secrets;
    const auto body = plan.type.handshake
                          ? webhook::handshake_body(
                                plan.type.from,
                                plan.type.from == "notion" && !plan.secrets.empty()
                                    ? plan.secrets.front()
                                    : webhook::event_digits(plan.type.from, plan.seed, "challenge"))
                          : webhook::write_body({.from = std::string(plan.type.from),
                                                 .seed = plan.seed,
                                                 .id = letter.id,
                                                 .number = static_cast<std::uint64_t>(number),
                                                 .at = now,
                                                 .matter = matter,
                                                 .odd = odd});
    if (plan.type.handshake && plan.type.from == "notion") {
        letter.secrets.clear();  // nothing to sign it with yet
    }
    letter.type = body.type;
    letter.body = body.text;
    return letter;
}

void add_shots(const ShotPlan& plan, int number, const std::string& hostile, SystemTime now,
               std::vector<Shot>& shots) {
    const auto name = fmt::format("trigger {}", number);
    if (hostile == "reordered") {
        for (const auto& [part, matter] :
             {std::pair("later", Matter::updated), std::pair("earlier", Matter::created)}) {
            shots.push_back({.letter = letter_of(plan, number, fmt::format("{} {}", name, part),
                                                 matter, false, now),
                             .hostile = hostile});
        }
        return;
    }
    const auto way = std::ranges::find(ways, hostile, &HostileWay::name);
    Shot shot{.letter = letter_of(plan, number, name, plan.type.matter, hostile == "odd", now),
              .hostile = hostile,
              .slow = hostile == "slow"};
    if (way != ways.end() && way->truth != Truth::genuine) {
        shot.letter.truth = way->truth;
        shot.expected = Expected::refused;
    }
    if (hostile == "huge") {
        shot.letter.huge = true;
        shot.expected = Expected::taken_or_too_large;
    }
    shot.with_next = hostile == "twin";
    shots.push_back(shot);
    shot.with_next = false;
    if (hostile == "replayed") {
        shot.letter.id = webhook::event_id(plan.type.from, plan.seed, name + " caught");
    }
    if (hostile == "duplicate" || hostile == "twin" || hostile == "replayed") {
        shots.push_back(std::move(shot));
    }
}

}  // namespace

std::string hostile_names() {
    std::string all;
    for (const auto& way : ways) {
        all += (all.empty() ? "" : ", ") + std::string(way.name);
    }
    return all;
}

Result<std::vector<Shot>> plan_shots(const ShotPlan& plan, SystemTime now) {
    APILAB_CHECK(check_hostile(plan));
    std::vector<Shot> shots;
    for (int number = 1; number <= plan.count; ++number) {
        const auto turn = static_cast<std::size_t>(number - 1);
        add_shots(plan, number,
                  plan.hostile.empty() ? "" : plan.hostile[turn % plan.hostile.size()], now, shots);
    }
    return shots;
}

bool as_expected(Expected expected, const Result<int>& status) {
    if (!status) {
        return false;
    }
    const bool taken = *status >= 200 && *status < 300;
    switch (expected) {
        case Expected::taken:
            return taken;
        case Expected::refused:
            return *status >= 400 && *status < 500;
        case Expected::taken_or_too_large:
            return taken || *status == 413;
    }
    return false;
}

runtime::Task<void> shoot(runtime::RealScheduler& scheduler, transport::Transport& way,
                          const Shot& shot, const http::Url& to, Landed& landed) {
    auto request = webhook::write_letter(shot.letter, {}, scheduler.system_now(), to);
    const auto patience = webhook::find_dialect(shot.letter.from)->patience;
    transport::SendOptions options;
    options.timeouts.first_byte = patience;
    options.timeouts.attempt = patience + std::chrono::seconds(5);
    if (shot.slow) {
        options.upload = std::make_shared<Drip>(scheduler, request.body());
        request.body("");
    }
    const auto begun = scheduler.now();
    auto answer = co_await transport::send(way, std::move(request), std::move(options));
    landed.took = scheduler.now() - begun;
    if (answer) {
        landed.status = answer->status();
    } else {
        landed.status = fail(std::move(answer).error());
    }
}

}  // namespace apilab::cli
