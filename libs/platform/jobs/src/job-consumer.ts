const consumers = new WeakMap<object, string>();

/**
 * Declares that the method works off the jobs of this name. What it may do is declared beside it, in the vocabulary of
 * `access`: as the system, or for the user whom the job acts for.
 */
export function JobConsumer(name: string): MethodDecorator {
  return (_target, _property, descriptor: PropertyDescriptor) => {
    consumers.set(descriptor.value, name);
  };
}

/** The name of the jobs that the function works off; `undefined` where it works off none. */
export function jobNameOf(handler: object): string | undefined {
  return consumers.get(handler);
}
