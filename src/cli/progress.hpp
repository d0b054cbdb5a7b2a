#pragma once

#include <cstddef>
#include <string>

#include "terminal.hpp"

namespace apilab::cli {

/// One line on stderr that says how far a long work is; nothing where stderr is no terminal.
class Progress {
public:
    Progress(std::string what, const Terminal& terminal, bool quiet)
        : what_(std::move(what)), shown_(terminal.is_terminal && !quiet) {}
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    /// Wipes the line.
    ~Progress();

    /// `known` 0: how many there are is not known.
    void update(std::size_t done, std::size_t known);

private:
    std::string what_;
    bool shown_;
};

}  // namespace apilab::cli
