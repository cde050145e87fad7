import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { ACCESS } from './access';

const ROUTE_PATH = 'path';

/** Refuses to start while an operation does not say who may call it. */
@Injectable()
export class AccessCheck implements OnApplicationBootstrap {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  onApplicationBootstrap(): void {
    const undeclared = this.discovery.getControllers().flatMap(({ instance, metatype }) => {
      if (instance === undefined || instance === null || typeof metatype !== 'function') return [];
      const prototype = Object.getPrototypeOf(instance) as Record<string, unknown>;
      return this.scanner
        .getAllMethodNames(prototype)
        .map((name) => ({ name, method: prototype[name] }))
        .filter(
          (entry): entry is { name: string; method: (...args: unknown[]) => unknown } =>
            typeof entry.method === 'function',
        )
        .filter(({ method }) => Reflect.hasMetadata(ROUTE_PATH, method))
        .filter(({ method }) => this.reflector.getAllAndOverride(ACCESS, [method, metatype]) === undefined)
        .map(({ name }) => `${metatype.name}.${name}`);
    });
    if (undeclared.length > 0) throw new Error(`No access rule (@Access) on: ${undeclared.join(', ')}`);
  }
}
