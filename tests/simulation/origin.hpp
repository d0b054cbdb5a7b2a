#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "apilab/base/rng.hpp"
#include "apilab/runtime/scheduler.hpp"
#include "apilab/runtime/service.hpp"
#include "weather.hpp"

namespace apilab::simulation {

/// The headers by which the origin tells who asks, and which call an attempt belongs to.
inline constexpr std::string_view client_header = "x-client";
inline constexpr std::string_view call_header = "x-call";
/// What clients send to be let in, and nobody may ever read again.
inline constexpr std::string_view token = "tok-5f1d0c9b7a";

/// What was promised and not kept; the first of them are spelt out.
class BrokenPromises {
public:
    void add(std::string what);
    [[nodiscard]] std::uint64_t count() const { return count_; }
    [[nodiscard]] const std::vector<std::string>& first() const { return first_; }

private:
    std::uint64_t count_ = 0;
    std::vector<std::string> first_;
};

/// The other side of a fleet of clients, and the wire to it: a single-attempt service under virtual
/// time that suffers what the weather brings, counts the requests of each second, and notes what a
/// client must not do: ask before an announced time, send a lost write again. `scheduler`,
/// `weather` and `broken` outlive it.
class Origin final : public runtime::Service {
public:
    Origin(runtime::Scheduler& scheduler, const Weather& weather, Rng& rng, BrokenPromises& broken);

    [[nodiscard]] runtime::Task<Result<http::Response>> call(http::Request request,
                                                             runtime::CallContext context) override;

    /// Requests in each second since the beginning.
    [[nodiscard]] const std::vector<std::uint32_t>& requests() const { return requests_; }
    /// Requests that have come and not gone.
    [[nodiscard]] std::size_t under_way() const { return under_way_; }
    [[nodiscard]] Duration since_start() const { return scheduler_.now() - start_; }

private:
    struct Visitor {
        SteadyTime last_let_in{};
        /// Told to stay away until then.
        SteadyTime not_before{};
    };
    struct Fate;

    void count();
    void judge(const std::string& call, Visitor& visitor, int client);
    [[nodiscard]] Fate fate_of(Visitor& visitor);
    [[nodiscard]] Fate limited(Visitor& visitor);
    [[nodiscard]] Fate flaky();
    [[nodiscard]] runtime::Task<Result<http::Response>> suffer(Fate fate, bool is_write,
                                                               std::string call,
                                                               const runtime::CallContext& context);

    runtime::Scheduler& scheduler_;
    const Weather& weather_;
    Rng& rng_;
    BrokenPromises& broken_;
    SteadyTime start_;
    std::vector<std::uint32_t> requests_;
    std::map<int, Visitor> visitors_;
    // Writes whose reply the client never saw.
    std::unordered_set<std::string> lost_writes_;
    std::size_t under_way_ = 0;
};

}  // namespace apilab::simulation
