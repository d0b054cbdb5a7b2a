#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "apilab/base/clock.hpp"
#include "apilab/sandbox/judge/check.hpp"

namespace apilab::sandbox {

/// A run as a picture shows it: operations as rows, attempts as ticks, the times of faults shaded.
/// A value that outlives the sandbox; times count from the run's start.
struct Timeline {
    enum class Look : std::uint8_t { good, refused, lost, gone, pending };
    struct Attempt {
        std::uint64_t seq = 0;
        Duration begin{};
        /// Of a pending one: as far as the evidence goes.
        Duration end{};
        Look look = Look::good;
        /// `GET /items: 503 by f1 (status)`.
        std::string title;
        /// Before this the client was asked not to come back.
        std::optional<Duration> wait_until;
    };
    struct Row {
        std::string label;
        /// At most `attempts_max`.
        std::vector<Attempt> attempts;
        std::size_t attempts_left_out = 0;
    };
    /// When a fault could strike: its window, or from its first hit to its last.
    struct Shade {
        Duration from{};
        Duration to{};
        std::string title;
    };
    /// A row of the journal that a finding goes by.
    struct Cited {
        std::uint64_t seq = 0;
        Duration at{};
        std::string asked;
        std::string answered;
        std::string faults;
    };
    static constexpr std::size_t rows_max = 200;
    static constexpr std::size_t attempts_max = 40;
    static constexpr std::size_t shades_max = 50;
    static constexpr std::size_t cited_max = 2000;

    Duration length{};
    /// In the order of their first attempts. Where there are more than `rows_max`, those that a
    /// finding goes by or that met a fault come before the others.
    std::vector<Row> rows;
    std::size_t rows_left_out = 0;
    std::vector<Shade> shades;
    std::vector<Cited> cited;
    [[nodiscard]] bool empty() const { return rows.empty(); }
};

/// `cited`: sequence numbers that findings go by.
[[nodiscard]] Timeline make_timeline(const Evidence& evidence, SteadyTime started,
                                     const std::set<std::uint64_t>& cited);

/// One SVG element, ready to stand in a page: hover titles, links to `#row-<seq>` where a row is
/// cited, no scripts. What came from a client is text, never markup. Empty for an empty timeline.
[[nodiscard]] std::string timeline_svg(const Timeline& timeline);
/// The rules that its classes need, in light and dark.
[[nodiscard]] std::string_view timeline_css();

}  // namespace apilab::sandbox
