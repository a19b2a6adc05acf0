#pragma once

#include "loadtest/simulation/world.h"

namespace shoal::simulation {

// A random mesh: every node connects to others until it has `neighbours`; who has a quarter more takes
// no further ones.
void connect_mesh(World& world);

}  // namespace shoal::simulation
