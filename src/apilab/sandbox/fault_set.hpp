#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/base/result.hpp"
#include "apilab/base/rng.hpp"
#include "apilab/sandbox/fault.hpp"
#include "apilab/sandbox/provider.hpp"

namespace apilab::sandbox {

/// What the faults can be armed against: the providers served, with their operations.
struct Surface {
    struct Entry {
        std::string provider;
        std::vector<Route> routes;
    };
    std::vector<Entry> entries;
};

/// A request as faults see it: one that matched a route.
struct FaultRequest {
    std::string_view provider;
    const Route* route = nullptr;
    std::span<const std::string> segments;
    /// Equal for attempts of one operation (`Exchange::identity`).
    std::string_view identity;
    SteadyTime now;
    /// It came over a connection that had been used before.
    bool reused_connection = false;
};

/// What the faults say to one request.
struct FaultDecision {
    struct Hit {
        std::string id;
        std::string kind;
    };
    /// The one that changes the answer; null where none does.
    std::shared_ptr<const Fault> fault;
    /// Its id.
    std::string fault_id;
    /// Set where the request is refused only because it came before an announced wait was over:
    /// what is left of that wait.
    std::optional<Duration> held;
    /// The sum of the delays that fired.
    Duration delay{};
    /// Everything that fired, in the order of the faults; empty: the request is served.
    std::vector<Hit> hits;
};

/// What has become of one armed fault.
struct FaultStatus {
    std::string id;
    std::shared_ptr<const Fault> fault;
    /// The provider it is armed for, where `where` says `*` and `per` says `provider`.
    std::string provider;
    /// Requests that it was asked about.
    std::uint64_t matches = 0;
    std::uint64_t hits = 0;
    /// It fired as often as it was asked to and never will again.
    bool completed = false;
    /// Its `ttl` or window is over.
    bool expired = false;
};

/// The armed faults of a run, asked once per request. Pure: time is handed in, chance comes from
/// the seed, and every fault draws from a stream of its own, so that adding one does not move the
/// others.
///
/// Order: faults are asked in the order they were armed. One that only delays adds up with the
/// rest; of the others the first that fires decides, and those behind it are not asked, so their
/// counts do not move and an `nth` is never lost.
class FaultSet {
public:
    struct Options {
        std::uint64_t seed = 0;
        /// What `window` is measured from.
        SteadyTime start;
        /// An operation that met so many failures in a row is left alone until it was served once;
        /// nothing: no such mercy.
        std::optional<std::uint64_t> failures_per_operation;
    };
    /// Armed at the same time. Fixed: 1000.
    static constexpr std::size_t faults_max = 1000;

    FaultSet(Surface surface, Options options);
    FaultSet(const FaultSet&) = delete;
    FaultSet& operator=(const FaultSet&) = delete;
    ~FaultSet();

    /// Arms a fault (several with `per_provider`) and returns its ids (`f1`, `f2`, ...), unique
    /// over the life of the set. Errors (`invalid_argument`, detail `/where`): a provider that is
    /// not served, an operation or path that it does not have; the message names what there is.
    [[nodiscard]] Result<std::vector<std::string>> add(Fault fault, SteadyTime now);
    /// False where there is no such fault.
    bool remove(std::string_view id);
    void clear();

    /// Asks the faults about requests.
    [[nodiscard]] FaultDecision decide(const FaultRequest& request);
    /// Asks the faults of another stage: about a TLS handshake (`provider` is empty), or about a
    /// delivery by a provider. The first that fires decides; delays alone are none of either.
    [[nodiscard]] FaultDecision decide_at(FaultWhat::Stage stage, std::string_view provider,
                                          SteadyTime now);
    /// A `hold` fault announced a wait: until then it refuses what it matches.
    void announced(std::string_view fault_id, SteadyTime until);
    /// The operation was served without a failure.
    void served(std::string_view identity);

    /// Is a fault on pages armed?
    [[nodiscard]] bool turns_pages() const;

    [[nodiscard]] std::vector<FaultStatus> status(SteadyTime now) const;

private:
    struct Armed;
    [[nodiscard]] Result<void> check(const Fault& fault) const;
    [[nodiscard]] bool matches(const Armed& armed, const FaultRequest& request) const;
    [[nodiscard]] bool fires(Armed& armed, SteadyTime now) const;
    [[nodiscard]] bool spared(std::string_view identity) const;

    Surface surface_;
    Options options_;
    std::uint64_t next_id_ = 1;
    std::list<Armed> armed_;
    // Failures in a row by operation; bounded, because identities come from outside.
    std::unordered_map<std::string, std::uint64_t> failures_;
};

}  // namespace apilab::sandbox
