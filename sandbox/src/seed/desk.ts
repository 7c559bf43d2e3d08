import type { World } from '../world.ts'
import type { Cast } from './people.ts'

export function seedDesk(_world: World, _cast: Cast): void {}
